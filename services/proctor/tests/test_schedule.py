"""The unforeseen moment (R17)."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proctor.domain.schedule import seed_hash, unforeseen_moment

SEEDS = st.binary(min_size=32, max_size=32)
SESSIONS = st.text("0123456789abcdef", min_size=32, max_size=32)
LENGTHS = st.integers(1, 4 * 3_600_000)


def by_the_documented_formula(seed: bytes, session_id: str, covered_ms: int, duration_ms: int) -> int:
    draw = int(hmac.new(seed, session_id.encode(), hashlib.sha256).hexdigest()[:16], 16)
    rest = duration_ms - covered_ms
    low, high = rest * 10 // 100, rest * 90 // 100
    return covered_ms + low + draw * (high - low + 1) // 2**64


@given(SEEDS, SESSIONS, st.integers(0, 3_600_000), st.integers(2_001, 3_600_000))
def test_an_auditor_recomputes_the_moment(seed, session_id, covered_ms, rest):
    duration_ms = covered_ms + rest
    moment = unforeseen_moment(seed, session_id, covered_ms, duration_ms)
    assert moment == by_the_documented_formula(seed, session_id, covered_ms, duration_ms)
    assert covered_ms + rest // 10 <= moment <= covered_ms + rest * 9 // 10


@given(SEEDS, SESSIONS, LENGTHS, st.integers(0, 2_000))
def test_with_nothing_left_to_cover_it_is_due_at_once(seed, session_id, duration_ms, rest):
    covered_ms = max(0, duration_ms - rest)
    assert unforeseen_moment(seed, session_id, covered_ms, duration_ms) == covered_ms


def test_moments_spread_over_the_whole_range():
    moments = [unforeseen_moment(n.to_bytes(32, "big"), "s", 0, 1_000_000) for n in range(2_000)]
    tenths = [sum(at <= moment < at + 80_000 for moment in moments) for at in range(100_000, 900_000, 80_000)]
    assert len(tenths) == 10
    assert all(140 <= count <= 260 for count in tenths)  # 200 ± 4 standard deviations


# Made once with openssl and bc, by the formula in the module's docstring and without its code. For example
#   printf '%s' 5e55 | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f     → f1d1a45ceb694396…
#   echo 'ibase=16; F1D1A45CEB694396' | bc                                       → draw = 17424889152266650518
#   echo '0 + 60000*10/100 + 17424889152266650518*(60000*90/100 - 60000*10/100 + 1)/2^64' | bc   → 51341
KNOWN_SEED = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
KNOWN_MOMENTS = [  # session, covered ms, duration ms, moment ms
    ("5e55", 0, 60_000, 51_341),
    ("0123456789abcdef0123456789abcdef", 0, 2_700_000, 1_138_944),
    ("0123456789abcdef0123456789abcdef", 123_456, 2_700_007, 1_210_325),
    ("学时", 57_999, 60_000, 59_016),  # the shortest rest that is drawn for
    ("学时", 58_000, 60_000, 58_000),  # 2 s are nothing to draw for
]


def test_the_known_hash_of_a_seed_stays():
    # printf '%s' 000102…1f | xxd -r -p | sha256sum
    expected = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    assert seed_hash(KNOWN_SEED) == expected


@pytest.mark.parametrize(("session_id", "covered_ms", "duration_ms", "moment"), KNOWN_MOMENTS)
def test_the_known_moments_stay(session_id, covered_ms, duration_ms, moment):
    assert unforeseen_moment(KNOWN_SEED, session_id, covered_ms, duration_ms) == moment

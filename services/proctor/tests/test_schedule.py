"""The unforeseen moment (R17)."""

import hashlib
import hmac

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


def test_the_known_vector_stays():
    seed = bytes(range(32))
    assert seed_hash(seed) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    assert unforeseen_moment(seed, "5e55", 0, 60_000) == 51_341  # computed with openssl and bc

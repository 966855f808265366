"""The unforeseen moment (R17)."""

import hashlib
import hmac
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proctor.domain.schedule import seed_hash, unforeseen_moment

SEEDS = st.binary(min_size=32, max_size=32)
VALUES = SEEDS.map(bytes.hex)
SESSIONS = st.text("0123456789abcdef", min_size=32, max_size=32)
LENGTHS = st.integers(1, 4 * 3_600_000)


def by_the_documented_formula(seed: bytes, value: str, session_id: str, covered_ms: int, rest: int) -> int:
    message = session_id.encode() + b":" + value.encode()
    draw = int(hmac.new(seed, message, hashlib.sha256).hexdigest()[:16], 16)
    low, high = rest * 10 // 100, rest * 90 // 100
    return covered_ms + low + draw * (high - low + 1) // 2**64


@given(SEEDS, VALUES, SESSIONS, st.integers(0, 3_600_000), st.integers(2_001, 3_600_000))
def test_an_auditor_recomputes_the_moment(seed, value, session_id, covered_ms, rest):
    moment = unforeseen_moment(seed, value, session_id, covered_ms, covered_ms + rest)
    assert moment == by_the_documented_formula(seed, value, session_id, covered_ms, rest)
    assert covered_ms + rest // 10 <= moment <= covered_ms + rest * 9 // 10


@given(SEEDS, VALUES, SESSIONS, LENGTHS, st.integers(0, 2_000))
def test_with_nothing_left_to_cover_it_is_due_at_once(seed, value, session_id, duration_ms, rest):
    covered_ms = max(0, duration_ms - rest)
    assert unforeseen_moment(seed, value, session_id, covered_ms, duration_ms) == covered_ms


# Drawn from a generator with a fixed seed of its own, so that the test decides the same each time.
DRAWS, BINS = 100_000, 100
CRITICAL = 134.642  # chi-square, 99 degrees of freedom, p = 0.01 (NIST/SEMATECH e-Handbook, 1.3.6.7.4)
COVERED_MS, DURATION_MS = 123_456, 2_700_007


@pytest.mark.parametrize(
    "fixed",
    [
        (),
        ("value", "session"),
        ("seed", "session"),
        ("seed", "value"),
        ("session",),
    ],
    ids=lambda fixed: f"fixed: {', '.join(fixed) or 'none'}",
)
def test_moments_are_uniform_over_the_whole_span_whatever_is_fixed(fixed):
    source, names = random.Random(17), ("seed", "value", "session")
    once = {name: source.randbytes(32) for name in names}
    moments = []
    for _ in range(DRAWS):
        seed, value, session = (once[name] if name in fixed else source.randbytes(32) for name in names)
        moments.append(unforeseen_moment(seed, value.hex(), session.hex(), COVERED_MS, DURATION_MS))
    assert chi_square(moments) < CRITICAL


def chi_square(moments):
    """Of the counts in 100 bins over [low, high], against what a uniform draw puts in each."""
    rest = DURATION_MS - COVERED_MS
    low, high = COVERED_MS + rest * 10 // 100, COVERED_MS + rest * 90 // 100
    assert low <= min(moments)
    assert max(moments) <= high
    span = high - low + 1
    edges = [-(-number * span // BINS) for number in range(BINS + 1)]  # of [edge, next edge), in ms from low
    expected = [DRAWS * (after - edge) / span for edge, after in pairwise(edges)]
    counts = Counter((moment - low) * BINS // span for moment in moments)
    return sum((counts[number] - of_bin) ** 2 / of_bin for number, of_bin in enumerate(expected))


def test_the_test_of_uniformity_sees_a_moment_that_is_early_in_one_of_fifty_draws():
    source = random.Random(17)
    rest = DURATION_MS - COVERED_MS
    low, high = COVERED_MS + rest * 10 // 100, COVERED_MS + rest * 90 // 100
    moments = [source.randint(low, high) for _ in range(DRAWS)]
    assert chi_square(moments) < CRITICAL
    skewed = [low + (moment - low) // 2 if source.random() < 0.02 else moment for moment in moments]
    assert chi_square(skewed) > CRITICAL


def test_the_smallest_and_the_largest_moment_are_drawn():
    moments = {unforeseen_moment(n.to_bytes(32, "big"), "00", "s", 0, 2_010) for n in range(30_000)}
    assert (min(moments), max(moments)) == (201, 1_809)
    assert len(moments) == 1_809 - 201 + 1


# Made once with openssl and bc, by the formula in the module's docstring and without its code. For example
#   printf '%s' 5e55:202122…3f | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f   → 35ca0f940cca419a…
#   echo 'ibase=16; 35CA0F940CCA419A' | bc                                       → draw = 3875927557849891226
#   echo '0 + 60000*10/100 + 3875927557849891226*(60000*90/100 - 60000*10/100 + 1)/2^64' | bc   → 16085
KNOWN_SEED, KNOWN_VALUE = bytes(range(32)), bytes(range(32, 64)).hex()
KNOWN_MOMENTS = [  # session, covered ms, duration ms, moment ms
    ("5e55", 0, 60_000, 16_085),
    ("0123456789abcdef0123456789abcdef", 0, 2_700_000, 2_261_298),
    ("0123456789abcdef0123456789abcdef", 123_456, 2_700_007, 2_281_362),
    ("学时", 57_999, 60_000, 59_210),  # the shortest rest that is drawn for
    ("学时", 58_000, 60_000, 58_000),  # 2 s are nothing to draw for
]


def test_the_known_hash_of_a_seed_stays():
    # printf '%s' 000102…1f | xxd -r -p | sha256sum
    expected = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    assert seed_hash(KNOWN_SEED) == expected


@pytest.mark.parametrize(("session_id", "covered_ms", "duration_ms", "moment"), KNOWN_MOMENTS)
def test_the_known_moments_stay(session_id, covered_ms, duration_ms, moment):
    assert unforeseen_moment(KNOWN_SEED, KNOWN_VALUE, session_id, covered_ms, duration_ms) == moment

"""Where the viewer goes on in a video."""

import pytest

from tests.faults.viewer import first_gap


@pytest.mark.parametrize(
    ("covered", "gap"),
    [
        ([], (0, 15_000)),
        ([[0, 4_000]], (4_000, 15_000)),
        ([[0, 4_000], [6_000, 15_000]], (4_000, 6_000)),
        ([[1_000, 15_000]], (0, 1_000)),
        ([[0, 15_000]], (15_000, 15_000)),
    ],
)
def test_the_first_part_that_is_not_covered_comes_next(covered, gap):
    assert first_gap(covered, 15_000) == gap

"""What counts as lost, and what the drawing of costs looks like."""

from pathlib import Path

import pytest
from PIL import Image

from tests.load.learning import plot
from tests.load.learning.books import missing_in

BOOK = {"acknowledged": 5, "covered_ms": 70_000}


@pytest.mark.parametrize(
    ("stored", "lost"),
    [
        ({"reports": 5, "covered_ms": 70_000}, 0),
        ({"reports": 6, "covered_ms": 85_000}, 0),  # one whose answer did not arrive
        ({"reports": 3, "covered_ms": 40_000}, 2),
        ({"reports": 5, "covered_ms": 69_999}, 1),
        (None, 5),
    ],
)
def test_what_was_acknowledged_and_is_not_stored_is_lost(stored, lost):
    assert missing_in(stored, BOOK) == lost


def test_costs_are_drawn(tmp_path: Path):
    path = tmp_path / "costs.png"
    plot.draw({100: 5.0, 1_000: 5.2, 10_000: 5.5}, path, tolerance=0.2)
    with Image.open(path) as image:
        assert image.size == plot.SIZE
        assert image.getcolors(1 << 16) is not None
        assert plot.BLUE.lower() in {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in image.getcolors(1 << 16)}

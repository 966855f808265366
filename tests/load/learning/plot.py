"""Draws how the cost of a learner grows with their number, as a PNG."""

import math
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from testkit.servers.layout import FONT

SIZE, MARGIN = (1_000, 600), 90
BLUE, GREY, BAND, BLACK = "#0b57a4", "#9aa5b1", "#e8f0f9", "#1d2733"


def draw(costs: Mapping[int, float], path: Path, *, tolerance: float) -> None:
    """`costs`: processor ms a learner and minute, by how many; the band is ± `tolerance` of the first."""
    Chart(costs, tolerance).save(path)


class Chart:
    """Logarithmic to the right, from nought upwards."""

    def __init__(self, costs: Mapping[int, float], tolerance: float) -> None:
        self._costs = dict(sorted(costs.items()))
        self._image = Image.new("RGB", SIZE, "white")
        self._draw, self._tolerance = ImageDraw.Draw(self._image), tolerance
        self._font = ImageFont.truetype(str(FONT), 20) if FONT.exists() else ImageFont.load_default(20)
        self._top = 1.25 * max([*costs.values(), next(iter(self._costs.values())) * (1 + tolerance)])

    def save(self, path: Path) -> None:
        """Draw all of it."""
        self._band()
        self._axes()
        points = [(self._x(learners), self._y(cost)) for learners, cost in self._costs.items()]
        self._draw.line(points, fill=BLUE, width=3)
        for (x, y), cost in zip(points, self._costs.values(), strict=True):
            self._draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=BLUE)
            self._text((x, y - 28), f"{cost:.2f}", BLUE)
        self._image.save(path)

    def _band(self) -> None:
        first = next(iter(self._costs.values()))
        high, low = self._y(first * (1 + self._tolerance)), self._y(first * (1 - self._tolerance))
        self._draw.rectangle((MARGIN, high, SIZE[0] - MARGIN, low), fill=BAND)
        self._text((SIZE[0] - MARGIN - 60, high - 14), f"± {self._tolerance:.0%}", GREY)

    def _axes(self) -> None:
        bottom, right = SIZE[1] - MARGIN, SIZE[0] - MARGIN
        self._draw.line((MARGIN, MARGIN / 2, MARGIN, bottom, right, bottom), fill=GREY, width=2)
        for learners in self._costs:
            self._text((self._x(learners), bottom + 22), f"{learners:,}", BLACK)
        step = 10 ** math.floor(math.log10(self._top)) / 2
        for number in range(1, int(self._top / step) + 1):
            self._text((MARGIN - 40, self._y(number * step)), f"{number * step:g}", BLACK)
        self._text((SIZE[0] / 2, SIZE[1] - 30), "学员 learners at once", BLACK)
        self._text((SIZE[0] / 2, 22), "每名学员每分钟的处理器毫秒 processor ms a learner and minute", BLACK)

    def _x(self, learners: float) -> float:
        numbers = [math.log(number) for number in self._costs]
        width = (numbers[-1] - numbers[0]) or 1.0
        return MARGIN + 30 + (math.log(learners) - numbers[0]) / width * (SIZE[0] - 2 * MARGIN - 60)

    def _y(self, cost: float) -> float:
        return SIZE[1] - MARGIN - cost / self._top * (SIZE[1] - 1.5 * MARGIN)

    def _text(self, at: tuple[float, float], text: str, colour: str) -> None:
        self._draw.text(at, text, fill=colour, font=self._font, anchor="mm")

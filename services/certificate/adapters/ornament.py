"""Security-print ornament as vectors: woven border, rosettes, rule, the seal-like mark."""

from collections.abc import Iterator
from math import cos, pi, sin, tau

from services.certificate.adapters.canvas import GOLD, PALE_GOLD, PAPER, RED, Canvas

Point = tuple[float, float]


def draw_border(page: Canvas) -> None:
    """A woven band between two frames, a rosette on every corner."""
    _frame(page, 7.0, 0.9)
    _frame(page, 8.4, 0.2)
    _weave(page, inset=12.4, amplitude=3.2)
    _frame(page, 16.4, 0.2)
    _frame(page, 17.6, 0.6)
    for x in (12.4, page.w - 12.4):
        for y in (12.4, page.h - 12.4):
            _corner(page, x, y)


def draw_paper(page: Canvas) -> None:
    """A warm tint inside the frames and a large pale rosette, which a two-colour copier does not keep."""
    with page.ink(PAPER):
        page.rect(17.6, 17.6, page.w - 35.2, page.h - 35.2, style="F")
    with page.ink(PALE_GOLD, line=0.09, opacity=0.55):
        for radius, lobes, depth in ((57.0, 18, 0.16), (40.0, 12, 0.2), (23.0, 12, 0.28)):
            for step in range(6):
                rosette = _rosette(page.w / 2, 111, radius, lobes, depth, step * tau / 6 / lobes, 540)
                page.polyline(list(rosette), polygon=True)


def draw_rule(page: Canvas, x: float, y: float, half_width: float) -> None:
    """A fine rule with a diamond at its middle."""
    with page.ink(GOLD, line=0.25):
        page.line(x - half_width, y, x - 3.2, y)
        page.line(x + 3.2, y, x + half_width, y)
        page.polygon([(x - 1.9, y), (x, y - 1.1), (x + 1.9, y), (x, y + 1.1)], style="F")


def draw_seal(page: Canvas, x: float, y: float, radius: float, name: str) -> None:
    """A round red mark with the organisation's name on its arc.

    It says 电子签章 (digitally signed), because the signature of the file is what counts, not its picture.
    """
    with page.ink(RED, line=1.0, opacity=0.82):
        page.circle(x, y, radius)
        page.polygon(list(_star(x, y - 1.6, radius * 0.29)), style="F")
    with page.ink(RED, line=0.2, opacity=0.82):
        page.circle(x, y, radius - 1.3)
    _arc_text(page, x, y, radius - 5.4, name)
    page.write_at(x, y + radius * 0.56, "电子签章", 8.5, colour=RED, align="center", spacing=0.8, weight=0.1)
    page.write_at(x, y + radius * 0.75, "DIGITALLY SIGNED", 4.2, colour=RED, align="center", spacing=0.15)


def _frame(page: Canvas, inset: float, line: float) -> None:
    with page.ink(GOLD, line=line):
        page.rect(inset, inset, page.w - 2 * inset, page.h - 2 * inset)


def _weave(page: Canvas, inset: float, amplitude: float) -> None:
    """Sine waves of shifted phase along the four sides, two families that run against each other."""
    with page.ink(GOLD, line=0.1, opacity=0.85):
        for step in range(6):
            shift = step * tau / 12
            for sign in (1, -1):
                _weave_sides(page, inset, amplitude * sign, shift)


def _weave_sides(page: Canvas, inset: float, amplitude: float, shift: float) -> None:
    for start, length, across in ((inset, page.w - 2 * inset, page.h), (inset, page.h - 2 * inset, page.w)):
        wave = list(_wave(start, length, amplitude, shift))
        for offset in (inset, across - inset):
            points = [(along, offset + side) for along, side in wave]
            page.polyline(points if across == page.h else [(side, along) for along, side in points])


def _wave(start: float, length: float, amplitude: float, shift: float) -> Iterator[Point]:
    """(along, aside) in mm; a whole number of 12 mm periods, its amplitude breathing so that knots appear."""
    periods, steps = round(length / 12), round(length / 0.75)
    for step in range(steps + 1):
        angle = tau * periods * step / steps
        yield start + length * step / steps, amplitude * cos(angle / 2 + shift) * cos(shift - angle / 6)


def _corner(page: Canvas, x: float, y: float) -> None:
    with page.ink((255, 255, 255)):
        page.circle(x, y, 4.6, style="F")
    with page.ink(GOLD, line=0.1):
        for step in range(5):
            page.polyline(list(_rosette(x, y, 1.2 + 0.72 * step, 8, 0.24, step * pi / 8, 96)), polygon=True)
    with page.ink(GOLD, line=0.3):
        page.circle(x, y, 5.0)
        page.circle(x, y, 0.7, style="F")


def _rosette(
    x: float, y: float, radius: float, lobes: int, depth: float, turn: float, steps: int
) -> Iterator[Point]:
    for step in range(steps):
        angle = tau * step / steps
        reach = radius * (1 + depth * sin(lobes * angle + turn * lobes))
        yield x + reach * cos(angle), y + reach * sin(angle)


def _star(x: float, y: float, radius: float) -> Iterator[Point]:
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382  # the inner radius of a regular pentagram
        yield x + reach * sin(corner * pi / 5), y - reach * cos(corner * pi / 5)


def _arc_text(page: Canvas, x: float, y: float, radius: float, text: str) -> None:
    """Upright characters on the upper arc, at most 240 degrees of it."""
    apart = min(24.0, 240.0 / max(len(text) - 1, 1))
    size = min(11.0, apart * 0.52 * radius / 14)
    for index, character in enumerate(text):
        turn = (index - (len(text) - 1) / 2) * apart
        with page.rotation(-turn, x, y):
            page.write_at(x, y - radius, character, size, colour=RED, align="center", weight=0.08)

"""Type and ink for a one-page document: an embedded, subset font, and text that fits or is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TextMode

Colour = tuple[int, int, int]

INK: Colour = (38, 38, 46)
GREY: Colour = (118, 112, 104)
RED: Colour = (158, 27, 30)
GOLD: Colour = (172, 134, 62)
PALE_GOLD: Colour = (226, 208, 166)
PAPER: Colour = (255, 253, 247)
RULE: Colour = (214, 203, 180)

LEFT, MIDDLE, RIGHT = 29.0, 148.5, 268.0  # mm: the margins of an A4 page, and between them

_FAMILY = "certificate"
_POINT_MM = 25.4 / 72
_MIN_POINTS = 5.5  # below this print is no longer read by eye


class UnprintableText(ValueError):
    """A text that the font cannot show, or that does not fit its place: never print a wrong certificate."""


class Canvas(FPDF):  # type: ignore[misc]
    """An A4 landscape page in millimetres, y downward, text placed by its baseline; sizes in points.

    Raises:
        OSError: the font file cannot be read.
        UnprintableText: see there.
    """

    def __init__(self, font: Path, created_at: datetime) -> None:
        super().__init__(orientation="landscape", unit="mm", format="A4")
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.set_creation_date(created_at)
        self.add_font(_FAMILY, fname=font)
        self._glyphs = self.fonts[_FAMILY].cmap
        self.add_page()
        self.set_font(_FAMILY)

    @contextmanager
    def ink(self, colour: Colour, line: float = 0.2, opacity: float = 1.0) -> Iterator[None]:
        """Draw and fill in one colour, lines `line` mm wide."""
        with self.local_context(
            draw_color=colour,
            fill_color=colour,
            text_color=colour,
            line_width=line,
            fill_opacity=opacity,
            stroke_opacity=opacity,
        ):
            yield

    def write_at(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        colour: Colour = INK,
        align: str = "left",
        width: float = 0,
        spacing: float = 0,
        weight: float = 0,
    ) -> float:
        """One line at (x, y) mm, shrunk to `width` mm where there is one; returns its width in mm.

        `spacing` is added between characters (mm); `weight` (mm) thickens a font that has no bold face.
        """
        self._check_glyphs(text)
        size = self._fitting_size(text, size, width, spacing)
        extent = self._extent(text, size, spacing)
        x -= {"left": 0.0, "center": extent / 2, "right": extent}[align]
        with self.ink(colour, line=weight or 0.2):
            self.set_font_size(size)
            self.set_char_spacing(spacing / _POINT_MM)
            self.text_mode = TextMode.FILL_STROKE if weight else TextMode.FILL
            self.text(x, y, text)
        return extent

    def _extent(self, text: str, size: float, spacing: float) -> float:
        """Width in mm, without the space that would follow the last character."""
        with self.local_context():
            self.set_font_size(size)
            self.set_char_spacing(0)
            return float(self.get_string_width(text)) + spacing * (len(text) - 1)

    def _fitting_size(self, text: str, size: float, width: float, spacing: float) -> float:
        extent = self._extent(text, size, spacing)
        if not width or extent <= width:
            return size
        smaller = size * width / extent
        if smaller < _MIN_POINTS:
            raise UnprintableText(f"{len(text)} characters do not fit {width:.0f} mm")
        return smaller

    def _check_glyphs(self, text: str) -> None:
        missing = {f"U+{ord(character):04X}" for character in text if ord(character) not in self._glyphs}
        if missing:
            raise UnprintableText(f"the font has no glyph for {', '.join(sorted(missing))}")

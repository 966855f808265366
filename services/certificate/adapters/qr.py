"""The QR code as filled vectors: sharp at any print size."""

import segno

from services.certificate.adapters.canvas import INK, Canvas

_BLEED = 0.012  # mm; neighbouring runs overlap a hair, so that no renderer shows a seam between rows


def draw_qr(page: Canvas, x: float, y: float, side: float, content: str) -> float:
    """Draw `content` on a square of `side` mm at (x, y); returns the module size in mm.

    Error correction M (15 % of the code may be damaged); the quiet zone is the caller's white paper.
    """
    rows = [bytes(row) for row in segno.make_qr(content, error="m", boost_error=False).matrix]
    module = side / len(rows)
    with page.ink(INK):
        for line, row in enumerate(rows):
            for start, length in _runs(row):
                page.rect(
                    x + start * module,
                    y + line * module,
                    length * module + _BLEED,
                    module + _BLEED,
                    style="F",
                )
    return module


def _runs(row: bytes) -> list[tuple[int, int]]:
    """(start, length) of each run of dark modules."""
    edges = [
        i for i, (before, after) in enumerate(zip(b"\0" + row, row + b"\0", strict=True)) if before != after
    ]
    return [(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]

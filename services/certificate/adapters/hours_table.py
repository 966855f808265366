"""The table of the certificate: hours by type, and how long an hour is (R7, R30)."""

from decimal import Decimal

from services.certificate.adapters.canvas import GOLD, GREY, INK, LEFT, Canvas
from services.certificate.domain.document import CertificateData

_TABLE_X, _TABLE_Y, _ROW_HEIGHT = LEFT, 134.0, 8.6
_COLUMNS = ((4.0, "left"), (103.0, "right"), (148.0, "right"))  # mm from the table's left edge
_TABLE_WIDTH = 152.0


def draw_hours(page: Canvas, data: CertificateData) -> None:
    """Compulsory 必修, elective 选修 and total 合计: hours, and the time of video that they are."""
    total = data.compulsory_seconds + data.elective_seconds
    _frame(page)
    _row(page, 0, ("学习内容 Content", "学时 Hours", "视频学习时长 Video time"), 8.0)
    _row(page, 1, _cells("必修 Compulsory", data.compulsory_hours, data.compulsory_seconds), 10.0)
    _row(page, 2, _cells("选修 Elective", data.elective_hours, data.elective_seconds), 10.0)
    _row(page, 3, _cells("合计 Total", data.total_hours, total), 10.0, weight=0.12)
    chinese, english = _length(data.seconds_per_hour)
    note = f"1 学时 = {chinese}视频学习 · 1 credit hour = {english} of video"
    page.write_at(_TABLE_X, _TABLE_Y + 4 * _ROW_HEIGHT + 3.8, note, 6, colour=GREY, width=_TABLE_WIDTH)


def _frame(page: Canvas) -> None:
    with page.ink((247, 240, 224), opacity=0.8):
        page.rect(_TABLE_X, _TABLE_Y, _TABLE_WIDTH, _ROW_HEIGHT, style="F")
    for row, line in enumerate((0.5, 0.25, 0.15, 0.25, 0.5)):
        with page.ink(GOLD, line=line):
            page.line(
                _TABLE_X, _TABLE_Y + row * _ROW_HEIGHT, _TABLE_X + _TABLE_WIDTH, _TABLE_Y + row * _ROW_HEIGHT
            )


def _cells(label: str, hours: Decimal, seconds: int) -> tuple[str, str, str]:
    minutes, rest = divmod(seconds, 60)
    return label, plain(hours), f"{minutes // 60:d}:{minutes % 60:02d}:{rest:02d}"


def _row(page: Canvas, row: int, cells: tuple[str, str, str], size: float, weight: float = 0) -> None:
    y = _TABLE_Y + row * _ROW_HEIGHT + 5.9
    for (offset, align), cell in zip(_COLUMNS, cells, strict=True):
        page.write_at(
            _TABLE_X + offset, y, cell, size, align=align, weight=weight, colour=INK if row else GREY
        )


def _length(seconds: int) -> tuple[str, str]:
    return (
        (f"{seconds // 60} 分钟", f"{seconds // 60} minutes")
        if seconds % 60 == 0
        else (f"{seconds} 秒", f"{seconds} s")
    )


def plain(number: Decimal) -> str:
    """80, 0.67, 40.5: no trailing zeros, no exponent."""
    return f"{number.quantize(Decimal('0.01')):f}".rstrip("0").rstrip(".")

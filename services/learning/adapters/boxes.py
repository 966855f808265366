"""The outermost boxes of an MP4 file (ISO/IEC 14496-12, 4.2)."""

from collections.abc import Iterator
from typing import BinaryIO


def is_faststart(file: BinaryIO) -> bool:
    """Whether the index (moov) is before the media (mdat), so that playing can begin at once."""
    for kind in _boxes(file):
        if kind in (b"moov", b"mdat"):
            return kind == b"moov"
    return False


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    """The types of the boxes, in order; a size of 0 means up to the end, 1 that 64 bits follow."""
    position = 0
    while True:
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return
        yield header[4:8]
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        if size < 8:
            return
        position += size

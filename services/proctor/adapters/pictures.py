"""Uploaded picture files: read within limits, described from their bytes and not from their name.

Pillow parses a header at first; pixels are decoded only of what has passed the limits, so that a
decompression bomb costs nothing.
"""

import io
import struct
import warnings
import zlib
from typing import BinaryIO

from PIL import Image

from services.proctor.domain.photo import File, PhotoTooLarge, PhotoUnreadable
from shared.domain.errors import DomainError

FORMATS = ("JPEG", "PNG")
KNOWN = (*FORMATS, "GIF", "BMP", "WEBP", "TIFF")  # told apart; other parsers stay out of reach
# What Pillow raises about damaged files.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)
MOST_PIXELS = 20_000_000


class FrameUnreadable(DomainError):
    """画面无法读取: damaged, or no JPEG or PNG."""

    code = "frame.unreadable"
    message = "A frame is not a readable JPEG or PNG picture 画面无法读取."


class FrameTooLarge(DomainError):
    """画面过大."""

    code = "frame.too_large"
    message = "A frame has {measured} {unit}, at most {limit} are taken 画面过大."


def read_photo(stream: BinaryIO, most_bytes: int) -> tuple[bytes, File]:
    """A declaration photo and what its bytes say. Raises PhotoTooLarge, PhotoUnreadable."""
    content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise PhotoTooLarge(measured=_length(stream), limit=most_bytes)
    file = _described(content)
    if file is None:
        raise PhotoUnreadable()
    return content, file


def check_decodes(content: bytes) -> None:
    """Decode a photo whose size is known to be small. Raises PhotoUnreadable."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            picture.load()
    except DAMAGED as error:
        raise PhotoUnreadable() from error


def read_frame(stream: BinaryIO, most_bytes: int) -> bytes:
    """A frame of a camera, JPEG or PNG. Raises FrameTooLarge, FrameUnreadable."""
    content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise FrameTooLarge(measured=_length(stream), unit="bytes", limit=most_bytes)
    file = _described(content)
    if file is None or file.format not in FORMATS:
        raise FrameUnreadable()
    if file.width * file.height > MOST_PIXELS:
        raise FrameTooLarge(measured=file.width * file.height, unit="px", limit=MOST_PIXELS)
    return content


def _described(content: bytes) -> File | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # no pixel is decoded here
            with Image.open(io.BytesIO(content), formats=KNOWN) as picture:
                # MPO is a JPEG with more pictures behind it, as some phones write.
                format = "JPEG" if picture.format == "MPO" else str(picture.format)
                return File(bytes=len(content), format=format, width=picture.width, height=picture.height)
    except DAMAGED:
        return None


def _length(stream: BinaryIO) -> int:
    return stream.seek(0, io.SEEK_END)

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

from services.proctor.domain.photo_rules import PhotoFile, PhotoTooLarge, PhotoUnreadable
from shared.domain.errors import DomainError

FORMATS = ("JPEG", "PNG")
# What a file is recognised as, to say so in a refusal; Pillow's other parsers stay out of reach.
KNOWN_FORMATS = (*FORMATS, "GIF", "BMP", "WEBP", "TIFF")
DAMAGE_ERRORS = (  # what Pillow raises about damaged files
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
MAX_PIXELS = 20_000_000


class FrameUnreadable(DomainError):
    """画面无法读取: damaged, or no JPEG or PNG."""

    code = "frame.unreadable"
    message = "A frame is not a readable JPEG or PNG picture 画面无法读取."


class FrameTooLarge(DomainError):
    """画面过大."""

    code = "frame.too_large"
    message = "A frame has {measured} {unit}, at most {limit} are taken 画面过大."


def read_photo(stream: BinaryIO, max_bytes: int) -> tuple[bytes, PhotoFile]:
    """A declaration photo and what its bytes say. Raises PhotoTooLarge, PhotoUnreadable."""
    content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise PhotoTooLarge(measured=_length(stream), limit=max_bytes)
    file = _describe(content)
    if file is None:
        raise PhotoUnreadable()
    return content, file


def check_decodes(content: bytes) -> None:
    """Decode a photo whose size is known to be small. Raises PhotoUnreadable."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            picture.load()
    except DAMAGE_ERRORS as error:
        raise PhotoUnreadable() from error


def read_frame(stream: BinaryIO, max_bytes: int) -> bytes:
    """A frame of a camera, JPEG or PNG. Raises FrameTooLarge, FrameUnreadable."""
    content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise FrameTooLarge(measured=_length(stream), unit="bytes", limit=max_bytes)
    file = _describe(content)
    if file is None or file.format not in FORMATS:
        raise FrameUnreadable()
    if file.width * file.height > MAX_PIXELS:
        raise FrameTooLarge(measured=file.width * file.height, unit="px", limit=MAX_PIXELS)
    return content


def _describe(content: bytes) -> PhotoFile | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # no pixel is decoded here
            with Image.open(io.BytesIO(content), formats=KNOWN_FORMATS) as picture:
                # MPO is a JPEG with more pictures behind it, as some phones write.
                format = "JPEG" if picture.format == "MPO" else str(picture.format)
                width, height = picture.size
                return PhotoFile(bytes=len(content), format=format, width=width, height=height)
    except DAMAGE_ERRORS:
        return None


def _length(stream: BinaryIO) -> int:
    return stream.seek(0, io.SEEK_END)

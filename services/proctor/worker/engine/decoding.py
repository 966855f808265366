"""Decoding of pictures from outside: bounded before a pixel is decoded, upright, RGB, at most 800 px long."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from services.proctor.worker.domain.arrays import Picture

MAX_SIDE = 800  # px
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG")


class ImageError(ValueError):
    """The bytes are no picture that we take; the message says which limit they break."""


def decode(data: bytes, max_side: int = MAX_SIDE) -> Picture:
    """The picture in `data`, turned upright by its EXIF orientation and shrunk to `max_side` px.

    Raises:
        ImageError: too many bytes or pixels, another format, or a damaged file.
    """
    if len(data) > MAX_BYTES:
        raise ImageError(f"picture has {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return np.asarray(_shrunk(image, max_side))
    except ImageError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"not a readable picture of format {' or '.join(FORMATS)}") from error


def header_of(data: bytes) -> tuple[str, int, int]:
    """Format ("JPEG", "PNG"), width and height in px as stored, of a picture that `decode` takes."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return image.format or "", image.width, image.height


def _shrunk(image: Image.Image, max_side: int) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(f"picture has {image.width}×{image.height} px, at most {MAX_PIXELS} are decoded")
    # A JPEG is decoded at 1/2, 1/4 or 1/8 when that still covers the size we need: far less work.
    image.draft("RGB", (max_side, max_side))
    upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return upright

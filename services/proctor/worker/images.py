"""Decoding of pictures from outside: bounded before a pixel is decoded, upright, RGB, at most 800 px long."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Picture = NDArray[np.uint8]  # (height, width, 3) RGB

LONGEST_SIDE = 800  # px
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG")


class ImageError(ValueError):
    """The bytes are no picture that we take; the message says which limit they break."""


def decode(data: bytes, longest_side: int = LONGEST_SIDE) -> Picture:
    """The picture in `data`, turned upright by its EXIF orientation and shrunk to `longest_side` px.

    Raises:
        ImageError: too many bytes or pixels, another format, or a damaged file.
    """
    if len(data) > MAX_BYTES:
        raise ImageError(f"picture has {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return np.asarray(_shrunk(picture, longest_side))
    except ImageError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"not a readable picture of format {' or '.join(FORMATS)}") from error


def _shrunk(picture: Image.Image, longest_side: int) -> Image.Image:
    if picture.width * picture.height > MAX_PIXELS:
        raise ImageError(f"picture has {picture.width}×{picture.height} px, at most {MAX_PIXELS} are decoded")
    # A JPEG is decoded at 1/2, 1/4 or 1/8 when that still covers the size we need: far less work.
    picture.draft("RGB", (longest_side, longest_side))
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    return upright

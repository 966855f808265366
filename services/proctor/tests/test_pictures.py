"""Uploaded pictures, whatever their bytes are (R3)."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proctor.adapters.pictures import (
    FrameTooLarge,
    FrameUnreadable,
    check_decodes,
    read_frame,
    read_photo,
)
from services.proctor.domain.photo_rules import PhotoTooLarge, PhotoUnreadable
from services.proctor.tests.builders import a_picture
from shared.domain.errors import DomainError


def test_the_format_comes_from_the_bytes():
    for format, size in (("JPEG", (150, 180)), ("PNG", (1, 2)), ("GIF", (30, 40))):
        content, file = read_photo(io.BytesIO(a_picture(format, size)), 51_200)
        assert (file.format, file.width, file.height) == (format, *size)
        assert file.bytes == len(content)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"%PDF-1.7", b"<svg/>", bytes(1_000)])
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(PhotoUnreadable):
        read_photo(io.BytesIO(content), 51_200)
    with pytest.raises(FrameUnreadable):
        read_frame(io.BytesIO(content), 51_200)


def test_a_cut_off_photo_is_refused():
    whole = a_picture()
    with pytest.raises(PhotoUnreadable):
        check_decodes(whole[: len(whole) // 2])


def test_an_oversize_file_is_not_read_to_its_end():
    with pytest.raises(PhotoTooLarge) as refused:
        read_photo(io.BytesIO(bytes(10_000_000)), 51_200)
    assert refused.value.details == {"measured": 10_000_000, "limit": 51_200}


def a_png_that_claims(side: int) -> bytes:
    """A small file whose header says `side` × `side` px."""
    content = a_picture("PNG", (1, 1))
    header = b"IHDR" + struct.pack(">II", side, side) + content[24:29]
    return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


@pytest.mark.parametrize(("side", "refusal"), [(9_000, FrameTooLarge), (60_000, FrameUnreadable)])
def test_a_decompression_bomb_is_refused_by_its_header(side, refusal):
    with pytest.raises(refusal):
        read_frame(io.BytesIO(a_png_that_claims(side)), 400_000)


@given(
    st.sampled_from([a_picture(format) for format in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=20),
    st.floats(0.05, 1),
)
def test_damaged_files_are_refused_or_read_but_break_nothing(whole, changes, share):
    damaged = bytearray(whole)
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    content = bytes(damaged[: int(share * len(damaged))])
    for examine in (
        lambda: read_photo(io.BytesIO(content), 51_200),
        lambda: read_frame(io.BytesIO(content), 51_200),
    ):
        with suppress(DomainError):
            examine()
    with suppress(PhotoUnreadable):
        check_decodes(content)

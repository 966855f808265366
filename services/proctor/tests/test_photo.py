"""Declaration photos by their rules (R3)."""

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
from services.proctor.domain.photo import PhotoNotAccepted, PhotoStatus
from services.proctor.domain.photo_rules import (
    LEVEL_TWO,
    PhotoFile,
    PhotoNotFrontal,
    PhotoTooLarge,
    PhotoUnreadable,
    PhotoWrongFormat,
    PhotoWrongSize,
)
from services.proctor.tests.builders import FIGURES, a_photo, a_picture, an_answer
from shared.domain.errors import DomainError
from shared.events.proctor import JobKind, JobQueued, PhotoExamined


def a_file(**changes):
    return PhotoFile(**{"bytes": 51_200, "format": "JPEG", "width": 150, "height": 180, **changes})


def measured(outcome="ok", **figures):
    return an_answer("photo-1", outcome, kind=JobKind.PHOTO, figures=FIGURES | figures)


def concluded(outcome="ok", **figures):
    photo = a_photo()
    photo.conclude(measured(outcome, **figures), LEVEL_TWO)
    return photo


def test_a_photo_at_the_very_limits_is_taken():
    LEVEL_TWO.check_file(a_file())


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"bytes": 51_201}, PhotoTooLarge),
        ({"format": "PNG"}, PhotoWrongFormat),
        ({"width": 151}, PhotoWrongSize),
        ({"width": 180, "height": 150}, PhotoWrongSize),
    ],
)
def test_a_file_off_by_one_is_refused_with_both_figures(change, refusal):
    with pytest.raises(refusal) as refused:
        LEVEL_TWO.check_file(a_file(**change))
    assert {"measured", "limit"} <= refused.value.details.keys()


def test_the_job_names_the_sealed_photo():
    photo = a_photo()
    photo.queue()
    [job] = photo.events
    assert isinstance(job, JobQueued)
    assert (job.job_id, job.kind, job.owner) == ("photo-1", JobKind.PHOTO, "photo-1")


def test_a_photo_that_meets_all_rules_is_accepted():
    photo = concluded()
    assert photo.status is PhotoStatus.ACCEPTED
    assert photo.events == [PhotoExamined(photo_id="photo-1", sha256="00", accepted=True, code=None)]


@pytest.mark.parametrize(
    ("outcome", "figures", "code"),
    [
        ("no_face", {"faces": 0}, "photo.no_face"),
        ("several_faces", {"faces": 2}, "photo.several_faces"),
        ("too_dark", {"luma": 12.3}, "photo.too_dark"),
        ("too_small", {}, "photo.face_too_small"),
        ("unreadable", {}, "photo.unreadable"),
        ("ok", {"yaw": 15.1}, "photo.not_frontal"),
        ("ok", {"yaw": -15.1}, "photo.not_frontal"),
        ("ok", {"pitch": 23.1}, "photo.not_frontal"),
        ("ok", {"roll": -12.1}, "photo.not_frontal"),
        ("ok", {"blue_share": 0.59}, "photo.not_blue"),
    ],
)
def test_each_broken_rule_has_its_code(outcome, figures, code):
    photo = concluded(outcome, **figures)
    assert photo.status is PhotoStatus.REFUSED
    assert photo.events[0].code == code
    assert photo.failure(LEVEL_TWO).code == code


def test_a_refusal_says_by_how_much():
    failure = concluded(yaw=21.26).failure(LEVEL_TWO)
    assert isinstance(failure, PhotoNotFrontal)
    assert failure.details == {"axis": "yaw", "measured": 21.3, "limit": "-15.0…15.0"}


def test_a_repeated_measurement_changes_nothing():
    photo = concluded()
    photo.conclude(measured("no_face", faces=0), LEVEL_TWO)
    assert photo.status is PhotoStatus.ACCEPTED
    assert len(photo.events) == 1


def test_a_declaration_needs_an_accepted_photo():
    for photo in (a_photo(), concluded("no_face", faces=0)):
        with pytest.raises(PhotoNotAccepted):
            photo.adopt("enrollment-1")


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

"""Uploads in parts, by their rules: whatever happens, an upload leaves the state it is in (R22)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.domain import Video
from services.learning.domain.errors import VideoUnreadable
from services.learning.domain.job import CLAIM, MAX_ATTEMPTS
from services.learning.domain.media_errors import (
    ClaimLost,
    PartInvalid,
    PartsMissing,
    SizeInvalid,
    UploadClosed,
    UploadUnready,
)
from services.learning.domain.rendition import Rendition, RenditionState
from services.learning.domain.upload import (
    FORGOTTEN_AFTER,
    GRACE,
    PART_BYTES,
    UNDER_WAY,
    UNUSED_AFTER,
    Part,
    Upload,
    UploadState,
)
from services.learning.tests.builders import NOON

VIDEO = Video(key="k", sha256="0" * 64, size=10, content_type="video/mp4", duration_ms=1000, height=720)


def an_upload(size: int = 2 * PART_BYTES + 5, **changes: Any) -> Upload:
    return Upload.start(
        "u", organisation="武汉培训", course_id="c", name="a.mp4", size=size, sha256="0" * 64,
        most=4 << 30, now=NOON, **changes,
    )  # fmt: skip


def part(number: int, size: int) -> Part:
    return Part(number=number, size=size, sha256="0" * 64)


def complete(upload: Upload) -> Upload:
    for number in upload.missing:
        last = number == upload.part_count
        upload.take_part(part(number, upload.size - (number - 1) * PART_BYTES if last else PART_BYTES), NOON)
    upload.complete(NOON)
    return upload


@given(size=st.integers(1, 4 << 30))
def test_the_parts_make_up_the_file(size: int):
    upload = an_upload(size)
    lengths = [upload._length(number) for number in range(1, upload.part_count + 1)]
    assert sum(lengths) == size
    assert all(0 < length <= PART_BYTES for length in lengths)
    assert upload._length(0) == upload._length(upload.part_count + 1) == 0


@pytest.mark.parametrize("size", [0, -1, (4 << 30) + 1])
def test_a_file_of_no_bytes_or_too_many_is_refused(size: int):
    with pytest.raises(SizeInvalid):
        an_upload(size)


@pytest.mark.parametrize(("number", "size"), [(1, 5), (3, 6), (3, 4), (0, 0), (4, 5), (2, PART_BYTES + 1)])
def test_a_part_of_a_wrong_number_or_length_is_refused(number: int, size: int):
    upload = an_upload()
    with pytest.raises(PartInvalid):
        upload.take_part(part(number, size), NOON)
    assert upload.parts == []


def test_parts_come_in_any_order_and_again():
    upload = an_upload()
    for number, size in [(3, 5), (1, PART_BYTES), (3, 5)]:
        upload.take_part(part(number, size), NOON)
    assert [came.number for came in upload.parts] == [1, 3]
    assert upload.missing == [2]


def test_what_is_missing_is_named():
    upload = an_upload()
    upload.take_part(part(1, PART_BYTES), NOON)
    with pytest.raises(PartsMissing) as refused:
        upload.complete(NOON)
    assert refused.value.details == {"count": 2, "first": 2}
    assert upload.state is UploadState.OPEN


def test_completing_again_changes_nothing():
    upload = complete(an_upload())
    claim = upload.claim(NOON)
    upload.complete(NOON + timedelta(seconds=1))
    assert (upload.state, upload.job.attempts) == (UploadState.QUEUED, claim)


def test_a_completed_upload_takes_no_more_parts():
    with pytest.raises(UploadClosed):
        complete(an_upload()).take_part(part(1, PART_BYTES), NOON)


def test_one_worker_at_a_time_examines_it_and_a_dead_one_is_replaced():
    upload = complete(an_upload())
    assert [upload.claim(NOON), upload.claim(NOON), upload.claim(NOON + CLAIM)] == [1, None, 2]
    with pytest.raises(ClaimLost):
        upload.accept(1, VIDEO, NOON)
    assert upload.accept(2, VIDEO, NOON)
    assert upload.state is UploadState.READY


def test_what_kills_every_worker_is_refused_in_the_end():
    upload, now = complete(an_upload()), NOON
    for _ in range(MAX_ATTEMPTS):
        assert upload.claim(now)
        now += CLAIM
    assert upload.claim(now) is None
    assert upload.state is UploadState.REFUSED
    assert upload.refusal
    assert upload.refusal.code == "upload.examination_failed"


def test_a_refusal_says_why():
    upload = complete(an_upload())
    upload.refuse(upload.claim(NOON) or 0, VideoUnreadable(reason="no duration"), NOON)
    assert upload.refusal
    assert upload.refusal.code == "video.unreadable"
    assert "no duration" in upload.refusal.detail


def test_one_that_was_cancelled_meanwhile_is_not_accepted():
    upload = complete(an_upload())
    claim = upload.claim(NOON) or 0
    upload.cancel(NOON)
    assert not upload.accept(claim, VIDEO, NOON)
    assert upload.state is UploadState.CANCELLED


def test_a_lesson_takes_what_is_ready_and_gives_it_back():
    upload = complete(an_upload())
    with pytest.raises(UploadUnready):
        upload.use(NOON)
    upload.accept(upload.claim(NOON) or 0, VIDEO, NOON)
    assert upload.use(NOON) == upload.use(NOON) == VIDEO
    with pytest.raises(UploadClosed):
        upload.cancel(NOON)
    upload.give_back(NOON)
    assert upload.state is UploadState.READY


def test_what_nobody_goes_on_with_is_forgotten_and_cleaned():
    upload = an_upload()
    upload.take_part(part(1, PART_BYTES), NOON + timedelta(hours=1))
    upload.pass_time(NOON + FORGOTTEN_AFTER)
    assert upload.state is UploadState.OPEN
    late = NOON + FORGOTTEN_AFTER + timedelta(hours=1)
    upload.pass_time(late)
    assert upload.state is UploadState.FORGOTTEN
    assert [upload.is_to_clean(late), upload.is_to_clean(late + GRACE)] == [False, True]


@given(steps=st.lists(st.sampled_from(["part", "complete", "claim", "accept", "cancel", "use"]), max_size=12))
def test_whatever_its_owner_does_an_upload_comes_to_an_end(steps: list[str]):
    upload, claim = an_upload(5), 0
    for step in steps:
        try:
            match step:
                case "part":
                    upload.take_part(part(1, 5), NOON)
                case "complete":
                    upload.complete(NOON)
                case "claim":
                    claim = upload.claim(NOON) or claim
                case "accept":
                    upload.accept(claim, VIDEO, NOON)
                case "cancel":
                    upload.cancel(NOON)
                case "use":
                    upload.use(NOON)
        except (UploadClosed, PartsMissing, UploadUnready, ClaimLost):
            continue
    now = NOON
    for _ in range(MAX_ATTEMPTS + 3):  # everybody has left: only workers that die, and the clock
        now += UNUSED_AFTER
        upload.claim(now)
        upload.pass_time(now)
    assert upload.state not in UNDER_WAY


def test_a_rendition_is_tried_again_and_fails_in_the_end_until_staff_ask_again():
    rendition, now = Rendition.of("c", "l", VIDEO, NOON), NOON
    for number in range(1, MAX_ATTEMPTS + 1):
        claim = rendition.claim(now)
        assert claim == number
        rendition.release(claim, "VideoUnreadable", now)
        assert rendition.claim(now) is None
        now = rendition.job.due_at
    rendition.claim(now)
    assert (rendition.state, rendition.reason) == (RenditionState.FAILED, "VideoUnreadable")
    rendition.retry(now)
    assert rendition.claim(now) == 1


def test_a_small_video_needs_no_smaller_copy():
    small = Video(key="k", sha256="", size=1, content_type="video/mp4", duration_ms=1, height=360)
    assert Rendition.of("c", "l", small, NOON).state is RenditionState.NEEDLESS


def test_a_late_attempt_never_writes_over_what_another_stored():
    rendition = Rendition.of("c", "l", VIDEO, NOON)
    assert rendition.key(1) != rendition.key(2)

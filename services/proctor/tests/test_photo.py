"""Declaration photos by their rules (R3)."""

import pytest

from services.proctor.domain.photo import CategoryNotOpen, PhotoNotAccepted, PhotoStatus, rules_for
from services.proctor.domain.photo_rules import (
    LEVEL_TWO,
    PhotoFile,
    PhotoNotFrontal,
    PhotoTooLarge,
    PhotoWrongFormat,
    PhotoWrongSize,
)
from services.proctor.tests.builders import FIGURES, NOW, a_photo, an_answer
from shared.events.proctor import JobKind, JobQueued, PhotoExamined
from shared.events.terms import LicenceCategory


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


def test_a_job_is_open_until_the_photo_is_measured():
    assert a_photo().open_jobs == {"photo-1": NOW}
    assert concluded().open_jobs == {}


def test_a_photo_that_is_not_measured_yet_is_not_accepted():
    assert isinstance(a_photo().failure(LEVEL_TWO), PhotoNotAccepted)
    assert concluded().failure(LEVEL_TWO) is None


def test_a_category_without_rules_is_not_open():
    rules = {LicenceCategory.LEVEL_TWO: LEVEL_TWO}
    assert rules_for(LicenceCategory.LEVEL_TWO, rules) is LEVEL_TWO
    with pytest.raises(CategoryNotOpen):
        rules_for(LicenceCategory.LEVEL_ONE, rules)

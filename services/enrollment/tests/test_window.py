"""The study window closes, expires, and stands still while we are out (R9)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain import Status
from services.enrollment.domain.window import Pause, closes_with_pauses
from services.enrollment.tests.builders import NOW, a_studying_enrollment, an_enrollment
from shared.events.enrollment import (
    EnrollmentAdvanced,
    EnrollmentExpired,
    EnrollmentReinstated,
    ExtensionCause,
    WindowExtended,
)

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
CLOSES = datetime(2026, 6, 1, 3, tzinfo=UTC)  # three months after the class of the builders opened
IDS = {"enrollment_id": "enrollment-1", "person_id": "person-1"}


def outage(began_at, ended_at, id="outage-1"):
    return Pause(began_at=began_at, ended_at=ended_at, outage_id=id)


def expired():
    enrollment = a_studying_enrollment()
    enrollment.expire(CLOSES)
    enrollment.events.clear()
    return enrollment


# ---- the end ----


def test_an_enrolment_whose_window_is_over_expires_and_frees_its_category():
    enrollment = a_studying_enrollment()
    enrollment.expire(CLOSES)
    assert (enrollment.status, enrollment.open_category) == (Status.EXPIRED, None)
    assert enrollment.events == [EnrollmentExpired(**IDS, closed_at=CLOSES)]
    assert enrollment.history[-1].at == CLOSES


def test_before_its_end_a_window_is_open():
    enrollment = a_studying_enrollment()
    enrollment.expire(CLOSES - SECOND)
    assert (enrollment.status, enrollment.events) == (Status.ACTIVE, [])


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.ACTIVE}))
def test_only_an_active_enrolment_expires(status):
    enrollment = a_studying_enrollment()
    enrollment.status = status
    enrollment.expire(CLOSES + DAY)
    assert (enrollment.status, enrollment.events) == (status, [])


# ---- completed in time, and known late ----


def test_a_study_completed_in_time_counts_when_that_becomes_known_after_the_expiry():
    enrollment = expired()
    enrollment.complete(CLOSES, CLOSES + DAY)
    assert (enrollment.status, enrollment.open_category) == (Status.COMPLETED, "level_two")
    assert enrollment.events == [EnrollmentReinstated(**IDS, to_status="completed")]


@pytest.mark.parametrize("enrollment", [a_studying_enrollment, expired])
def test_a_study_completed_after_the_window_does_not_count(enrollment):
    enrollment = enrollment()
    before = enrollment.status
    enrollment.complete(CLOSES + SECOND, CLOSES + DAY)
    assert (enrollment.status, enrollment.events) == (before, [])


def test_what_the_hours_record_went_through_while_expired_is_caught_up():
    enrollment = expired()
    enrollment.follow(Status.ORGANISATION_REVIEW, 1, CLOSES + HOUR)
    assert (enrollment.status, enrollment.events) == (Status.EXPIRED, [])
    enrollment.complete(CLOSES, CLOSES + DAY)
    assert enrollment.status is Status.ORGANISATION_REVIEW


def test_a_completed_enrolment_is_not_completed_again():
    enrollment = a_studying_enrollment()
    for _ in range(2):
        enrollment.complete(NOW, NOW)
    assert [type(event) for event in enrollment.events] == [EnrollmentAdvanced]


def test_a_rejected_declaration_lets_another_in_until_it_is_corrected():
    """R6."""
    enrollment = an_enrollment()
    enrollment.reject("staff", "照片不清晰", NOW)
    assert enrollment.open_category is None
    enrollment.correct("photo-2", "sealed", NOW)
    assert enrollment.open_category == "level_two"


# ---- outages ----


def test_an_outage_extends_the_window_by_its_length_to_the_second():
    enrollment = a_studying_enrollment()
    enrollment.extend_for_outages([outage(NOW + DAY, NOW + DAY + 3661 * SECOND)], NOW + 2 * DAY)
    assert enrollment.closes_at == CLOSES + 3661 * SECOND
    assert enrollment.events == [
        WindowExtended(
            **IDS, closes_at=CLOSES + 3661 * SECOND, extended_ms=3_661_000, cause=ExtensionCause.OUTAGE,
            outage_ids=["outage-1"],
        )
    ]  # fmt: skip


def test_the_same_outage_extends_once():
    enrollment = a_studying_enrollment()
    for _ in range(3):
        enrollment.extend_for_outages([outage(NOW + DAY, NOW + DAY + HOUR)], NOW + 2 * DAY)
    assert (enrollment.closes_at, len(enrollment.events)) == (CLOSES + HOUR, 1)


def test_what_two_outages_share_counts_once():
    enrollment = a_studying_enrollment()
    enrollment.extend_for_outages([outage(NOW + DAY, NOW + DAY + 2 * HOUR, "a")], NOW + 2 * DAY)
    enrollment.extend_for_outages([outage(NOW + DAY + HOUR, NOW + DAY + 3 * HOUR, "b")], NOW + 2 * DAY)
    enrollment.extend_for_outages([outage(NOW + DAY, NOW + DAY + HOUR, "c")], NOW + 2 * DAY)
    assert enrollment.closes_at == CLOSES + 3 * HOUR
    assert [event.extended_ms for event in enrollment.events] == [7_200_000, 3_600_000]


def test_of_an_outage_before_learning_opened_only_the_rest_counts():
    enrollment = a_studying_enrollment()  # opened at NOW
    enrollment.extend_for_outages([outage(NOW - 5 * HOUR, NOW + HOUR, "a")], NOW + DAY)
    enrollment.extend_for_outages([outage(NOW - 5 * HOUR, NOW - 4 * HOUR, "b")], NOW + DAY)
    assert enrollment.closes_at == CLOSES + HOUR


def test_an_outage_after_the_window_extends_nothing():
    enrollment = a_studying_enrollment()
    enrollment.extend_for_outages([outage(CLOSES, CLOSES + HOUR)], CLOSES + HOUR)
    assert (enrollment.closes_at, enrollment.events) == (CLOSES, [])


def test_a_window_that_would_have_closed_in_an_outage_opens_again_after_it():
    enrollment = a_studying_enrollment()
    enrollment.expire(CLOSES)
    enrollment.extend_for_outages([outage(CLOSES - HOUR, CLOSES + HOUR)], CLOSES + HOUR)
    assert (enrollment.status, enrollment.closes_at) == (Status.ACTIVE, CLOSES + 2 * HOUR)
    assert [type(event) for event in enrollment.events] == [
        EnrollmentExpired,
        WindowExtended,
        EnrollmentReinstated,
    ]


def test_an_outage_found_late_gives_what_was_lost_from_then_on():
    """An hour lost before the end is an hour after it was found, for nothing could be learned between."""
    enrollment = expired()
    enrollment.extend_for_outages([outage(CLOSES - DAY, CLOSES - DAY + HOUR)], CLOSES + 5 * DAY)
    assert (enrollment.status, enrollment.closes_at) == (Status.ACTIVE, CLOSES + 5 * DAY + HOUR)


def test_a_completed_enrolment_is_not_extended():
    enrollment = a_studying_enrollment()
    enrollment.complete(NOW, NOW)
    enrollment.extend_for_outages([outage(NOW, NOW + HOUR)], NOW + HOUR)
    assert (enrollment.closes_at, len(enrollment.events)) == (CLOSES, 1)


# ---- a window whose clock stops, against a clock that is watched second by second ----

PAUSES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=6)


def watched(length, pauses):
    """Let each second pass: one in a pause takes nothing of the window."""
    second, left = 0, length
    while left:
        left -= not any(start <= second < start + lasts for start, lasts in pauses)
        second += 1
    return second


@given(st.integers(1, 40), PAUSES, st.randoms())
def test_a_window_lasts_as_long_as_its_clock_runs(length, pauses, random):
    stopped = [
        Pause(began_at=NOW + start * SECOND, ended_at=NOW + (start + lasts) * SECOND)
        for start, lasts in pauses
    ]
    closes_at = closes_with_pauses(NOW + length * SECOND, stopped)
    assert closes_at == NOW + watched(length, pauses) * SECOND
    random.shuffle(stopped)
    assert closes_with_pauses(NOW + length * SECOND, stopped) == closes_at


@given(PAUSES, st.tuples(st.integers(0, 60), st.integers(0, 20)))
def test_another_pause_never_closes_a_window_earlier(pauses, another):
    def closes(spans):
        return closes_with_pauses(
            NOW + 30 * SECOND,
            [Pause(began_at=NOW + a * SECOND, ended_at=NOW + (a + b) * SECOND) for a, b in spans],
        )

    assert closes([*pauses, another]) >= closes(pauses)

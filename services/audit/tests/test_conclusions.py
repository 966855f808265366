"""Published conclusions that contradict the log: code, words, events (R7, R16, R18, R22–R24, R28)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.audit.domain.discrepancy import Discrepancy
from services.audit.tests.builders import START, World, changed
from services.audit.tests.logs import MILLISECOND, faults_in, ids, nth
from shared.events.learning import (
    LessonCompleted,
    LessonEntered,
    LessonPaused,
    PlaybackCredited,
    StudyCompleted,
)
from shared.events.proctor import IdentityVerified, Moment
from shared.events.terms import LessonKind


@pytest.mark.parametrize(
    ("kind", "fields", "code", "message", "lesson"),
    [
        (
            LessonCompleted, {"credited_ms": 14_999}, "completed_differs",
            "Published 14999 ms credited, counted 15000 ms", "lesson-c",
        ),
        (
            LessonCompleted, {"kind": LessonKind.ELECTIVE}, "kind_differs", "Not the kind of the course",
            "lesson-c",
        ),
        (
            LessonCompleted, {"check_ids": ["enrollment-1-lesson-c-1-start"]}, "check_missing",
            "Start and unforeseen check are needed (R17)", "lesson-c",
        ),
        (
            StudyCompleted, {"compulsory_ms": 15_001}, "total_differs",
            "Published 15001 ms compulsory, counted 15000 ms", None,
        ),
        (
            StudyCompleted, {"elective_ms": 14_999}, "total_differs",
            "Published 14999 ms elective, counted 15000 ms", None,
        ),
        (
            StudyCompleted, {"lesson_ids": ["lesson-c", "lesson-e", "lesson-x"]}, "lessons_differ",
            "The study names other lessons than were completed", None,
        ),
        (
            PlaybackCredited, {"covered_ms": 2_999}, "covered_differs",
            "Published 2999 ms covered, counted 3000 ms", "lesson-c",
        ),
        (
            PlaybackCredited, {"budget_ms": 3_001}, "budget_over_wall_clock",
            "A budget of 3001 ms, 3000 ms had passed", "lesson-c",
        ),
    ],
)  # fmt: skip
def test_a_contradiction_says_both_sides_and_where_it_is(kind, fields, code, message, lesson):
    events = changed(World().study().events, kind, 0, **fields)
    assert Discrepancy(code, message, ids(nth(events, kind)), lesson) in faults_in(events)


def test_a_changed_conclusion_contradicts_nothing_else():
    events = changed(World().study().events, LessonCompleted, 0, credited_ms=14_999)
    assert [fault.code for fault in faults_in(events)] == ["completed_differs"]


def test_checks_of_another_lesson_do_not_complete_this_one():
    events = World().study().events
    others = nth(events, LessonCompleted, 1).check_ids
    events = changed(events, LessonCompleted, 0, check_ids=others)
    completed = ids(nth(events, LessonCompleted))
    assert faults_in(events) == [
        Discrepancy("check_unknown", "A named face check was not passed here", completed, "lesson-c"),
        Discrepancy("check_missing", "Start and unforeseen check are needed (R17)", completed, "lesson-c"),
    ]


def paused(world, check):
    where = world.where()
    world.publish(LessonPaused(**where, check_id=check), world.enrollment)
    return world


def test_a_pause_needs_a_failed_check():
    world = World().open().enter("lesson-c").play(2_000).ask(Moment.UNFORESEEN).fail(Moment.UNFORESEEN)
    paused(world, world.check(Moment.UNFORESEEN)["check_id"])
    assert faults_in(world.events) == []
    paused(world, "no such check")
    message = "No failed check stands behind it (R18)"
    assert faults_in(world.events) == [
        Discrepancy("pause_unfounded", message, ids(world.events[-1]), "lesson-c")
    ]


@pytest.mark.parametrize(("late_ms", "missing"), [(0, False), (1_000, False), (1_001, True)])
def test_an_identity_may_be_verified_a_second_late_by_another_clock(late_ms, missing):
    events = World().study().events
    verified, entered = nth(events, IdentityVerified), nth(events, LessonEntered)
    time = entered.published.time + late_ms * MILLISECOND
    late = replace(verified, meta=replace(verified.published, time=time))
    events = [late if event is verified else event for event in events]
    message = "A lesson was entered before the identity was verified (R16)"
    assert faults_in(events) == ([Discrepancy("identity_missing", message, ids(entered))] if missing else [])


def test_the_identity_of_somebody_else_does_not_count():
    events = changed(World().study().events, IdentityVerified, 0, person_id="person-2")
    assert [fault.code for fault in faults_in(events)] == ["identity_missing"]


def test_one_of_several_verifications_suffices():
    events = World().study().events
    verified = nth(events, IdentityVerified)
    late = replace(verified.published, time=START + timedelta(days=1), sequence=2, id="f" * 32)
    assert faults_in([*events, replace(verified, meta=late)]) == []

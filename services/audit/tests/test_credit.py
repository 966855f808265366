"""Credit that the wall clock, the video or another report does not allow (R23, R24)."""

from dataclasses import replace

import pytest

from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.playback import Earnings, earned_by_report, judge_report, repeated_reports
from services.audit.tests.builders import World, changed
from services.audit.tests.logs import MILLISECOND, faults_in, ids, nth, without
from shared.events.enrollment import LearningOpened
from shared.events.learning import (
    CoursePublished,
    LessonCompleted,
    LessonEntered,
    PlaybackCredited,
    PlaybackRefused,
)
from shared.events.proctor import Moment


def test_credit_before_the_video_and_behind_it_is_found():
    for change in ({"from_ms": -1}, {"to_ms": 15_001}):
        events = World().study().events
        number = 4 if "to_ms" in change else 0
        events = changed(events, PlaybackCredited, number, **change)
        report = nth(events, PlaybackCredited, number)
        outside = Discrepancy("beyond_video", "Credit outside the video", ids(report), "lesson-c")
        assert outside in faults_in(events)


def test_credit_to_the_very_end_of_the_video_is_inside():
    assert nth(World().study().events, PlaybackCredited, 4).to_ms == 15_000
    assert faults_in(World().study().events) == []


def test_a_lesson_of_unknown_length_is_not_covered():
    world = World().study()
    events = [event for event in world.events if not isinstance(event, CoursePublished)]
    assert faults_in(events) == []  # entering it says how long it is
    rest = [event for event in events if not isinstance(event, LessonEntered)]
    message = "Not all was watched (R24)"
    completed = nth(events, LessonCompleted)
    assert Discrepancy("not_covered", message, ids(completed), "lesson-c") in faults_in(rest)


@pytest.mark.parametrize(("watched_ms", "covered"), [(13_000, True), (12_999, False)])
def test_a_lesson_is_covered_when_at_most_two_seconds_are_missing(watched_ms, covered):
    world = World().open().enter("lesson-c").play(watched_ms)
    world.ask(Moment.UNFORESEEN).answer(Moment.UNFORESEEN).complete()
    assert [fault.code for fault in faults_in(world.events)] == ([] if covered else ["not_covered"])


def test_credit_that_no_time_pays_for_says_how_much():
    events = changed(World().study().events, PlaybackCredited, 4, from_ms=9_000)
    report = nth(events, PlaybackCredited, 4)
    message = "3000 ms were credited without time to pay for them"
    assert Discrepancy("over_wall_clock", message, ids(report), "lesson-c") in faults_in(events)


def a_report(from_ms=0, to_ms=3_000, budget_ms=3_000):
    events = World().open().enter("lesson-c").play(3_000).events
    return replace(
        nth(events, PlaybackCredited), from_ms=from_ms, to_ms=to_ms, budget_ms=budget_ms
    )  # fmt: skip


@pytest.mark.parametrize(
    ("report", "earned", "codes"),
    [
        (a_report(), Earnings((0, 3_000), 3_000, 3_000), []),
        (a_report(), Earnings((0, 2_999), 3_000, 2_999), ["check_open"]),
        (a_report(), Earnings((0, 2_999), 2_999, 2_999), ["budget_over_wall_clock", "over_wall_clock"]),
        (a_report(), Earnings((0, 2_999), 3_000, 3_000), ["over_wall_clock"]),
        (a_report(3_000, 3_000), Earnings((3_000, 3_000), 3_000, 0), []),
        (a_report(3_000, 2_999), Earnings((3_000, 3_000), 3_000, 3_000), ["report_impossible"]),
    ],
)
def test_a_report_is_judged_by_what_it_earned(report, earned, codes):
    assert [fault.code for fault in judge_report(report, earned)] == codes
    assert {fault.lesson_id for fault in judge_report(report, earned)} <= {"lesson-c"}


def test_a_report_that_ends_before_it_starts_says_so():
    (fault,) = judge_report(a_report(3_000, 2_999), Earnings((3_000, 3_000), 3_000, 3_000))
    assert (fault.message, len(fault.event_ids)) == ("A report that ends before it starts", 1)


def test_a_repeated_report_names_both():
    events = World().study().events
    report = nth(events, PlaybackCredited)
    again = replace(report, meta=replace(report.published, id="f" * 32))
    message = "A report was counted twice"
    assert list(repeated_reports([report, again])) == [
        Discrepancy("report_repeated", message, ids(report, again), "lesson-c")
    ]
    other = replace(again, session_id="another session")
    assert list(repeated_reports([report, other])) == []


def test_a_refusal_after_the_same_report_is_no_second_credit():
    world = World().open().enter("lesson-c").play(3_000)
    credit = nth(world.events, PlaybackCredited)
    refusal = PlaybackRefused(
        **world.where(), report=credit.report, from_ms=0, to_ms=3_000, received_at=credit.received_at,
        reason="superseded",
    )  # fmt: skip
    assert list(repeated_reports([credit, replace(refusal, meta=credit.meta)])) == []
    assert len(list(repeated_reports([replace(refusal, meta=credit.meta), credit]))) == 1


def test_only_a_credited_report_just_before_leaves_time_and_at_most_two_seconds():
    world = World().open().enter("lesson-c").play(1_000, took=9_000).play(3_000, took=1_000)
    second = nth(world.events, PlaybackCredited, 1)
    assert earned_by_report(world.events)[second.published.id] == Earnings((1_000, 4_000), 3_000, 3_000)
    apart = replace(second, anchored_at=second.anchored_at + MILLISECOND)
    events = [apart if event is second else event for event in world.events]
    assert earned_by_report(events)[second.published.id] == Earnings((1_000, 1_999), 999, 999)


def test_without_the_terms_of_the_enrolment_no_time_is_carried():
    world = World().open().enter("lesson-c").play(1_000, took=9_000).play(3_000, took=1_000)
    second = nth(world.events, PlaybackCredited, 1)
    earned = earned_by_report(without(world.events, LearningOpened))[second.published.id]
    assert earned == Earnings((1_000, 2_000), 1_000, 1_000)

"""What the log proves of hours, checks and schedules (R16–R18, R22–R24, R28, R31)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import derive_hours
from services.audit.tests.builders import POLICY, World, changed
from shared.events.certificate import HoursAudited
from shared.events.learning import LessonCompleted, LessonEntered, PlaybackCredited, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified, Moment, ScheduleRevealed
from shared.events.terms import LessonKind

SECOND = timedelta(seconds=1)


def codes(world_or_events, enrollment="enrollment-1"):
    events = getattr(world_or_events, "events", world_or_events)
    return {discrepancy.code for discrepancy in derive_hours(enrollment, events).discrepancies}


# ---- an honest study ----


def test_an_honest_study_matches_to_the_millisecond():
    hours = derive_hours("enrollment-1", World().study().events)
    assert hours.discrepancies == []
    assert [hours.total_ms(kind) for kind in LessonKind] == [15_000, 15_000]
    assert hours.lessons["lesson-c"].intervals == [(0, 15_000)]
    assert hours.person_id == "person-1"


def test_a_learner_who_pauses_seeks_back_and_returns_matches():
    world = World().open().enter("lesson-c").play(3_000).play(1_000, took=9_000).play(2_500, took=1_500)
    world.play(9_000, took=1_000)  # refused: too fast
    world.enter("lesson-c").play(2_000)
    hours = derive_hours("enrollment-1", world.events)
    assert hours.discrepancies == []
    assert (hours.refused_reports, hours.lessons["lesson-c"].credited_ms) == (1, 6_500)


@given(
    st.lists(
        st.tuples(st.sampled_from(["play", "enter", "check"]), st.integers(0, 6_000), st.integers(0, 9_000)),
        max_size=25,
    )
)
def test_whatever_an_honest_learner_does_is_borne_out(steps):
    world = World().open().enter("lesson-c")
    for step, ms, took in steps:
        if step == "play":
            world.play(ms, took)
        elif step == "enter":
            world.enter("lesson-e" if ms % 2 else "lesson-c").wait(took)
        elif world.check(Moment.UNFORESEEN)["check_id"] not in world.checks[world.lesson]:
            world.ask(Moment.UNFORESEEN).answer(Moment.UNFORESEEN, took)
    hours = derive_hours("enrollment-1", world.events)
    assert hours.discrepancies == []
    assert {lesson: hours.lessons[lesson].credited_ms for lesson in world.covered} == {
        lesson: covered.count(1) for lesson, covered in world.covered.items()
    }


@given(st.data())
def test_one_more_millisecond_than_was_earned_is_found_in_any_report(data):
    events = World().study().events
    reports = [event for event in events if isinstance(event, PlaybackCredited)]
    nth = data.draw(st.integers(0, len(reports) - 1))
    field = data.draw(
        st.sampled_from(["to_ms", "from_ms", "covered_ms", "budget_ms", "received_at", "anchored_at"])
    )
    more = {"from_ms": -1, "received_at": -SECOND, "anchored_at": SECOND}.get(field, 1)
    assert codes(changed(events, PlaybackCredited, nth, **{field: getattr(reports[nth], field) + more}))


# ---- dishonest credit ----


def test_credit_at_double_speed_is_over_the_wall_clock():
    events = changed(World().study().events, PlaybackCredited, 4, from_ms=9_000, to_ms=15_000)
    assert "over_wall_clock" in codes(events)


def test_a_second_tab_cannot_spend_the_same_time():
    world = World().open().enter("lesson-c").play(3_000)
    first, before = world.events[-1], len(world.events)
    world.enter("lesson-e")
    world.play(3_000)
    other = replace(world.events[-1], anchored_at=first.anchored_at, received_at=first.received_at)
    passed = next(event for event in world.events[before:] if isinstance(event, FaceCheckPassed))
    early = replace(passed, meta=replace(passed.published, time=first.anchored_at))
    events = [
        early if event is passed else other if event is world.events[-1] else event for event in world.events
    ]
    assert "over_wall_clock" in codes(events)


def test_two_enrolments_of_one_person_share_one_wall_clock():
    one = World(enrollment="enrollment-1").open().enter("lesson-c").play(3_000)
    two = World(enrollment="enrollment-2").open().enter("lesson-c").play(3_000)
    assert "over_wall_clock" in codes(one.events + two.events) | codes(
        one.events + two.events, "enrollment-2"
    )
    assert codes(one.events) == codes(two.events, "enrollment-2") == set()


def test_no_second_counts_before_the_start_check_has_passed():
    world = World().open().enter("lesson-c", start_check=False).ask(Moment.START).play(3_000)
    assert "check_open" in codes(world)


def test_the_time_that_a_check_took_pays_for_nothing():
    world = World().open().enter("lesson-c", start_check=False).ask(Moment.START)
    began = world.now
    world.answer(Moment.START, after_ms=5_000)
    world.anchor = began
    assert "check_open" in codes(world.play(4_000, took=1_000))


def test_no_second_counts_in_a_session_without_any_check():
    assert "check_open" in codes(World().open().enter("lesson-c", start_check=False).play(3_000))


def test_no_second_counts_while_a_check_is_open():
    world = World().open().enter("lesson-c").ask(Moment.UNFORESEEN).wait(20_000).play(3_000)
    assert codes(world) == set()  # time from before the check reached the player pays for it
    assert "check_open" in codes(world.play(3_000))


def test_no_second_counts_after_a_failed_check():
    world = World().open().enter("lesson-c").play(3_000).ask(Moment.UNFORESEEN).fail(Moment.UNFORESEEN)
    assert codes(world) == set()
    assert "check_open" in codes(world.wait(10_000).play(3_000).play(3_000))


def test_a_report_counts_once():
    events = World().study().events
    report = next(event for event in events if isinstance(event, PlaybackCredited))
    again = replace(report, meta=replace(report.published, id="f" * 32))
    assert "report_repeated" in codes([*events, again])


def test_credit_outside_the_video_is_found():
    events = World().study().events
    longer = changed(
        events, PlaybackCredited, 4, to_ms=15_001, received_at=events[-3].published.time + SECOND
    )
    assert "beyond_video" in codes(longer)


# ---- conclusions ----


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (LessonCompleted, {"credited_ms": 14_999}, "completed_differs"),
        (LessonCompleted, {"check_ids": ["enrollment-1-lesson-c-1-start"]}, "check_missing"),
        (LessonCompleted, {"check_ids": ["no such check"]}, "check_unknown"),
        (LessonCompleted, {"kind": LessonKind.ELECTIVE}, "kind_differs"),
        (StudyCompleted, {"compulsory_ms": 15_001}, "total_differs"),
        (StudyCompleted, {"lesson_ids": ["lesson-c"]}, "lessons_differ"),
        (HoursAudited, {"compulsory_hours": 2}, "audited_hours_differ"),
        (ScheduleRevealed, {"unforeseen_at_ms": 1}, "moment_differs"),
        (ScheduleRevealed, {"seed": "00" * 32}, "seed_differs"),
        (ScheduleRevealed, {"seed": "no seed"}, "seed_differs"),
    ],
)
def test_a_changed_conclusion_is_found(kind, fields, code):
    assert code in codes(changed(World().study().events, kind, 0, **fields))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (PlaybackCredited, "event_missing"),
        (LessonEntered, "event_missing"),
        (IdentityVerified, "identity_missing"),
        (FaceCheckPassed, "check_open"),
        (StudyCompleted, "audit_baseless"),
    ],
)
def test_a_dropped_event_is_found(kind, code):
    events = World().study().events
    events.remove(next(event for event in events if isinstance(event, kind)))
    assert code in codes(events)


def test_a_lesson_that_was_not_watched_is_not_complete():
    world = World().open().enter("lesson-c").play(3_000).ask(Moment.UNFORESEEN).answer(Moment.UNFORESEEN)
    assert codes(world.complete()) == {"not_covered"}


def test_a_failed_check_is_no_fault_of_the_log():
    world = World().open().enter("lesson-c").play(2_000).ask(Moment.UNFORESEEN).fail(Moment.UNFORESEEN)
    world.enter("lesson-c").play(3_000)
    hours = derive_hours("enrollment-1", world.events)
    assert any(isinstance(event, FaceCheckFailed) for event in world.events)
    assert (hours.discrepancies, hours.lessons["lesson-c"].credited_ms) == ([], 3_000)


@given(st.permutations(range(8)))
def test_the_order_within_a_subject_is_restored(order):
    events = World().study().events
    subjects = [event.published.subject for event in events]
    positions = [position for position, subject in enumerate(subjects) if subject == "enrollment-1"][2:10]
    shuffled = list(events)
    for position, other in zip(positions, order, strict=True):
        shuffled[position] = events[positions[other]]
    assert len({events[position].published.source for position in positions}) == 1
    assert codes(shuffled) == set()


def test_the_policy_of_these_tests_shortens_hours_only():
    assert (POLICY.hour_seconds, POLICY.slack_s, POLICY.carry_s) == (15, 2, 2)

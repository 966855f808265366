"""What a session earns by the auditor's count, to the millisecond (R9, R17, R23)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import derive_hours
from services.audit.tests.builders import World, changed
from services.audit.tests.logs import HOURS, MILLISECOND, altered, codes_in, moved, nth, swapped
from shared.events.enrollment import DeclarationWithdrawn, LearningOpened
from shared.events.learning import Ending, LessonEntered, PlaybackRecorded
from shared.events.proctor import FaceCheckPassed, FaceCheckRequested, IdentityVerified, JobQueued, Moment

LONG_MS = 600_000


def a_world() -> World:
    """A lesson of ten minutes that plays: its unforeseen check comes after more than a minute."""
    world = World(duration_ms=LONG_MS).open().enter("lesson-c")
    assert world.session.moment > 61_000
    return world


def played(*steps: tuple[int, int]) -> list:
    """The log of reports of so many ms of video after so many ms of time."""
    world = a_world()
    for video, took in steps:
        world.play(video, took=took)
    return world.end(Ending.SUPERSEDED).events


def with_reports(events, **fields):
    """The same log with other figures in the last report, and all that follows from it as it says."""
    batch = nth(events, PlaybackRecorded)
    report = replace(batch.reports[-1], **fields)
    return altered(events, batch, reports=[*batch.reports[:-1], report])


def credited(events) -> int:
    return derive_hours(HOURS, events).lessons["lesson-c"].credited_ms


# ---- the bank ----


@pytest.mark.parametrize(
    ("steps", "earned"),
    [
        ([(15_000, 15_000)], 15_000),
        ([(15_000, 14_000)], 14_000),
        ([(15_000, 16_000), (15_000, 14_000)], 30_000),
        ([(15_000, 45_000), (15_000, 0), (15_000, 0)], 45_000),
        ([(15_000, 45_000), (15_000, 0), (15_000, 0), (15_000, 0)], 45_000),
        ([(0, 50_000), (0, 50_000), (60_000, 0), (10_000, 0)], 60_000),
    ],
)
def test_time_that_was_not_spent_stays_spendable_up_to_a_minute(steps, earned):
    events = played(*steps)
    assert codes_in(events) == set()
    assert credited(events) == earned


def test_a_millisecond_more_than_the_bank_held_is_found():
    events = played((15_000, 15_000))
    assert "credit.bank" in codes_in(with_reports(events, to_ms=15_001, paid_ms=15_001, credited_ms=15_001))


def test_no_more_than_a_minute_is_banked():
    events = played((0, 50_000), (0, 50_000), (60_001, 0))
    assert "credit.bank" in codes_in(with_reports(events, paid_ms=60_001, credited_ms=60_001))


def test_watching_again_is_paid_for_and_adds_nothing():
    world = a_world().play(15_000).play(15_000, skip=-15_000).play(15_000)
    events = world.end(Ending.SUPERSEDED).events
    assert (codes_in(events), credited(events)) == (set(), 30_000)


@pytest.mark.parametrize(("late_ms", "found"), [(0, False), (1, True)])
def test_a_minute_of_silence_is_the_most(late_ms, found):
    world = a_world().play(15_000)
    world.policy = replace(world.policy, silence_s=61)
    world.play(15_000, took=60_000 + late_ms)
    assert ("credit.silence" in codes_in(world.end(Ending.SUPERSEDED).events)) is found


def test_a_batch_brings_along_what_the_one_before_it_left():
    world = World(duration_ms=LONG_MS * 4).open().enter("lesson-c")
    for _ in range(25):
        world.play(14_000, took=15_000)
    events = world.end(Ending.SUPERSEDED).events
    assert codes_in(events) == set()
    second = nth(events, PlaybackRecorded, 1)
    assert second.bank_ms > 0
    assert "credit.bank" in codes_in(altered(events, second, bank_ms=second.bank_ms + 1))
    earlier = second.anchored_at - MILLISECOND
    assert "credit.bank" in codes_in(altered(events, second, anchored_at=earlier))


# ---- the lease ----


@pytest.mark.parametrize(("early_ms", "found"), [(0, False), (2_000, False), (2_001, True)])
def test_time_counts_from_the_passed_check_by_any_clock(early_ms, found):
    events = played((1_000, 5_000))
    batch, passed = nth(events, PlaybackRecorded), nth(events, FaceCheckPassed)
    anchored_at = passed.published.time - early_ms * MILLISECOND
    assert ("credit.lease" in codes_in(altered(events, batch, anchored_at=anchored_at))) is found


def test_credit_stops_at_the_moment_and_goes_on_after_its_check():
    world = a_world().watch(15_000)
    moment = world.session.moment
    assert credited(world.events) == moment
    world.check_now().play(15_000)
    events = world.end(Ending.SUPERSEDED).events
    assert (codes_in(events), credited(events)) == (set(), moment + 15_000)


def test_a_millisecond_beyond_the_moment_is_not_counted_and_found():
    world = a_world()
    world.session.lease = world.session.moment + 1
    world.watch(15_000).end(Ending.SUPERSEDED)
    assert "credit.lease" in codes_in(world.events)
    assert credited(world.events) == nth(world.events, LessonEntered).covered_ms + world_moment(world)


def world_moment(world: World) -> int:
    return next(event.unforeseen_at_ms for event in world.events if hasattr(event, "unforeseen_at_ms"))


# ---- the window, and what comes late ----


@pytest.mark.parametrize(("before_ms", "found"), [(1, False), (0, True), (-1, True)])
def test_a_report_counts_before_the_window_closes(before_ms, found):
    events = played((15_000, 15_000))
    received = nth(events, PlaybackRecorded).reports[-1].received_at
    opened = nth(events, LearningOpened)
    events = altered(events, opened, closes_at=received + before_ms * MILLISECOND)
    assert ("credit.window" in codes_in(events)) is found


@pytest.mark.parametrize(("late_ms", "found"), [(62_000, False), (62_001, True)])
def test_what_was_decided_before_a_withdrawal_was_heard_of_stands(late_ms, found):
    events = played((15_000, 15_000))
    received = nth(events, PlaybackRecorded).reports[-1].received_at
    world = World(duration_ms=LONG_MS)
    world.now = received - late_ms * MILLISECOND
    withdrawal = DeclarationWithdrawn(**world.ids, reason="", paid=True)
    last = max(e.published.sequence for e in events if e.published.source == "enrollment")
    world._sequences["enrollment", world.enrollment] = last
    withdrawn = world.publish(withdrawal, world.enrollment)
    codes = codes_in([*events, replace(withdrawn, meta=replace(withdrawn.published, id="w"))])
    assert ("declaration.withdrawn" in codes) is found


@pytest.mark.parametrize(("late_ms", "found"), [(2_000, False), (2_001, True)])
def test_an_identity_may_be_verified_a_little_late_by_another_clock(late_ms, found):
    events = played((15_000, 15_000))
    entered, verified = nth(events, LessonEntered), nth(events, IdentityVerified)
    late = moved(verified, entered.published.time - verified.published.time + late_ms * MILLISECOND)
    assert ("identity.verified" in codes_in(swapped(events, verified, late))) is found


@pytest.mark.parametrize(("late_ms", "found"), [(2_000, False), (2_001, True)])
def test_a_check_is_answered_by_its_deadline_by_any_clock(late_ms, found):
    world = World().open().enter("lesson-c", start_check=False).draw().ask(Moment.START)
    asked = nth(world.events, FaceCheckRequested)
    world.answer((asked.deadline - world.now) // MILLISECOND + late_ms)
    job = nth(world.events, JobQueued, 1)
    assert job.published.time == asked.deadline + late_ms * MILLISECOND
    assert ("check.deadline" in codes_in(world.events)) is found


def test_a_picture_may_be_judged_long_after_the_deadline():
    world = World().open().enter("lesson-c", start_check=False).draw().ask(Moment.START)
    assert codes_in(world.answer(59_000, judged_ms=3_600_000).events) == set()


# ---- one wall clock ----


@pytest.mark.parametrize(("overlap_s", "found"), [(1, False), (10, True)])
def test_two_enrolments_of_one_person_share_one_wall_clock(overlap_s, found):
    one, two = a_world().play(15_000), World(enrollment="enrollment-2", duration_ms=LONG_MS, number="2")
    one.end(Ending.SUPERSEDED)
    two.share(one).enrol()
    two.now = one.now - timedelta(seconds=overlap_s)
    two.enter("lesson-c").play(15_000).end(Ending.SUPERSEDED)
    assert bool({"credit.wall_clock", "session.turn"} & codes_in([*one.events, *two.events])) is found


# ---- any report ----


@given(st.data())
def test_one_more_millisecond_than_was_earned_is_found_in_any_report(data):
    events = World().study().events
    batches = [event for event in events if isinstance(event, PlaybackRecorded)]
    number = data.draw(st.integers(0, len(batches) - 1))
    place = data.draw(st.integers(0, len(batches[number].reports) - 1))
    field = data.draw(st.sampled_from(["from_ms", "to_ms", "paid_ms", "credited_ms"]))
    report = batches[number].reports[place]
    more = replace(report, **{field: getattr(report, field) + 1})
    if field == "to_ms" and report.to_ms < 15_000:
        return  # it claims more and is paid no more: the rest is pending
    reports = [*batches[number].reports[:place], more, *batches[number].reports[place + 1 :]]
    assert codes_in(changed(events, PlaybackRecorded, number, reports=reports))


@given(st.integers(1, 30))
def test_a_policy_with_less_patience_finds_less_earned(bank_s):
    """The count goes by the plan's policy, not by a constant."""
    events = played((0, 40_000), (30_000, 0))
    opened = nth(events, LearningOpened)
    policy = replace(opened.policy, bank_s=bank_s)
    found = codes_in(altered(events, opened, policy=policy))
    assert ("credit.bank" in found) is (bank_s < 30)

"""Sessions under watch: start check, unforeseen check, deadlines, cool-down (R17, R18)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proctor.domain import CheckState
from services.proctor.domain.check import CheckClosed, CheckExamining, CheckNotOpen
from services.proctor.domain.schedule import seed_hash
from services.proctor.domain.watch import Streak
from services.proctor.tests.builders import NOW, SEED, a_watch, an_answer, an_open_watch, later
from shared.domain.errors import NotFound
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    JobQueued,
    Moment,
    ReviewRequested,
    ScheduleDrawn,
    ScheduleRevealed,
)

START, UNFORESEEN = "5e55-start", "5e55-unforeseen"


def kinds(watch):
    return [type(event) for event in watch.events]


def answer(watch, check_id, outcome, now, number=1):
    watch.answer(check_id, f"frame-{number}", "reference", now)
    watch.conclude(an_answer(f"{check_id}-{number}", outcome), SEED, now)


def playing(**changes):
    """A watch whose start check is passed."""
    watch = an_open_watch(**changes)
    answer(watch, START, "match", later(5))
    watch.events.clear()
    return watch


def test_a_session_begins_with_a_commitment_and_a_check():
    watch = an_open_watch()
    drawn, requested = watch.events
    assert drawn == ScheduleDrawn(
        session_id="5e55", enrollment_id="enrollment-1", lesson_id="lesson-1", seed_hash=seed_hash(SEED)
    )
    assert isinstance(requested, FaceCheckRequested)
    assert (requested.check_id, requested.moment, requested.deadline) == (START, Moment.START, later(60))


def test_an_answer_is_a_job_for_the_worker():
    watch = an_open_watch()
    watch.answer(START, "frame-1", "reference", later(60))
    job = watch.events[-1]
    assert isinstance(job, JobQueued)
    assert (job.job_id, job.owner) == ("5e55-start-1", "person-1")
    assert (job.frame_keys, job.reference_key) == (["frame-1"], "reference")
    assert watch.check(START).state is CheckState.EXAMINING


def test_a_match_passes_with_its_evidence():
    watch = an_open_watch()
    answer(watch, START, "match", later(5))
    passed = watch.events[-1]
    assert isinstance(passed, FaceCheckPassed)
    assert passed.evidence.distance == 0.31
    assert passed.evidence.object_keys == ["frame-1"]


@pytest.mark.parametrize("outcome", ["mismatch", "several_faces", "not_live", "spoof"])
def test_another_face_fails_at_once(outcome):
    watch = an_open_watch()
    answer(watch, START, outcome, later(5))
    failed = watch.events[-1]
    assert isinstance(failed, FaceCheckFailed)
    assert failed.reason == outcome
    with pytest.raises(CheckClosed):
        watch.answer(START, "frame-2", "reference", later(6))


@pytest.mark.parametrize("outcome", ["no_face", "too_dark", "too_small", "unreadable"])
def test_a_frame_that_cannot_be_judged_may_be_taken_again_twice(outcome):
    watch = an_open_watch()
    for number in (1, 2):
        answer(watch, START, outcome, later(number), number)
        check = watch.check(START)
        assert (check.state, check.reason) == (CheckState.REQUESTED, outcome)
    answer(watch, START, outcome, later(3), 3)
    assert watch.check(START).state is CheckState.FAILED
    assert kinds(watch).count(FaceCheckFailed) == 1


def test_a_frame_that_cannot_be_judged_after_the_deadline_fails():
    watch = an_open_watch()
    watch.answer(START, "frame-1", "reference", later(60))
    watch.conclude(an_answer("5e55-start-1", "no_face"), SEED, later(61))
    assert watch.check(START).reason == "no_face"
    assert watch.check(START).state is CheckState.FAILED


def test_the_learner_never_pays_for_a_slow_worker():
    watch = an_open_watch()
    watch.answer(START, "frame-1", "reference", later(59))
    watch.elapse(later(3_600))
    watch.conclude(an_answer("5e55-start-1", "match"), SEED, later(3_600))
    assert watch.check(START).state is CheckState.PASSED


def test_a_late_answer_is_refused_and_changes_nothing():
    watch = an_open_watch()
    with pytest.raises(CheckClosed):
        watch.answer(START, "frame-1", "reference", later(60.001))
    assert watch == an_open_watch()


def test_one_frame_at_a_time():
    watch = an_open_watch()
    watch.answer(START, "frame-1", "reference", later(1))
    with pytest.raises(CheckExamining):
        watch.answer(START, "frame-2", "reference", later(1))


@pytest.mark.parametrize("job_id", ["5e55-start-2", "5e55-start-0"])
def test_an_answer_about_another_frame_changes_nothing(job_id):
    watch = an_open_watch()
    watch.answer(START, "frame-1", "reference", later(1))
    watch.conclude(an_answer(job_id, "match"), SEED, later(2))
    assert watch.check(START).state is CheckState.EXAMINING


def test_a_repeated_answer_of_the_worker_changes_nothing():
    watch = an_open_watch()
    answer(watch, START, "match", later(5))
    count = len(watch.events)
    watch.conclude(an_answer("5e55-start-1", "mismatch"), SEED, later(6))
    assert len(watch.events) == count


def test_a_check_nobody_answers_is_missed():
    watch = an_open_watch()
    assert watch.wake_at == later(60)
    watch.elapse(later(60))
    assert watch.check(START).state is CheckState.REQUESTED
    watch.elapse(later(60.001))
    failed = watch.events[-1]
    assert isinstance(failed, FaceCheckFailed)
    assert (failed.reason, failed.evidence) == ("missed", None)
    assert watch.wake_at is None


def test_an_unknown_check_is_not_found():
    with pytest.raises(NotFound):
        an_open_watch().check("5e55-unforeseen")


def test_the_unforeseen_check_comes_at_its_moment_and_once():
    watch = playing()
    moment = watch.unforeseen_at(SEED)
    watch.follow(moment - 1, SEED, later(20))
    assert watch.events == []
    watch.follow(moment, SEED, later(21))
    watch.follow(moment + 1_000, SEED, later(22))
    assert [event.check_id for event in watch.events] == [UNFORESEEN]
    assert watch.events[0].deadline == later(81)


def test_a_passed_unforeseen_check_is_not_asked_again():
    watch = playing()
    watch.follow(60_000, SEED, later(20))
    answer(watch, UNFORESEEN, "match", later(25))
    watch.follow(60_000, SEED, later(30))
    assert kinds(watch).count(FaceCheckRequested) == 1
    assert kinds(watch).count(FaceCheckPassed) == 1


def test_the_unforeseen_check_waits_for_the_start_check():
    watch = an_open_watch()
    watch.follow(60_000, SEED, later(1))
    assert [check.moment for check in watch.checks] == [Moment.START]
    answer(watch, START, "match", later(5))
    assert [check.moment for check in watch.checks] == [Moment.START, Moment.UNFORESEEN]


def test_a_covered_lesson_asks_the_unforeseen_check_right_after_the_start_check():
    watch = an_open_watch(covered_ms=59_000, reached_ms=59_000)
    answer(watch, START, "match", later(5))
    assert [check.moment for check in watch.checks] == [Moment.START, Moment.UNFORESEEN]


def test_a_lesson_that_has_passed_its_unforeseen_check_asks_for_none():
    watch = playing(draws_unforeseen=False)
    watch.follow(60_000, SEED, later(60))
    watch.close(SEED, later(61))
    revealed = watch.events[-1]
    assert isinstance(revealed, ScheduleRevealed)
    assert revealed.unforeseen_at_ms is None


def test_nothing_is_asked_after_a_failure():
    watch = an_open_watch()
    answer(watch, START, "mismatch", later(5))
    watch.follow(60_000, SEED, later(6))
    assert len(watch.checks) == 1


def test_the_end_reveals_the_seed_and_cancels_what_is_open():
    watch = an_open_watch()
    watch.close(SEED, later(5))
    watch.close(SEED, later(6))
    assert kinds(watch).count(ScheduleRevealed) == 1
    revealed = watch.events[-1]
    assert bytes.fromhex(revealed.seed) == SEED
    assert revealed.unforeseen_at_ms == watch.unforeseen_at(SEED)
    assert watch.check(START).state is CheckState.CANCELLED
    assert watch.wake_at is None


def test_a_frame_sent_before_the_end_is_still_judged():
    watch = an_open_watch()
    watch.answer(START, "frame-1", "reference", later(1))
    watch.close(SEED, later(2))
    watch.conclude(an_answer("5e55-start-1", "mismatch"), SEED, later(3))
    assert watch.streak.failures == 1


def test_after_the_end_no_other_frame_is_wanted():
    watch = an_open_watch()
    watch.answer(START, "frame-1", "reference", later(1))
    watch.close(SEED, later(2))
    watch.conclude(an_answer("5e55-start-1", "too_dark"), SEED, later(3))
    assert (watch.check(START).state, watch.check(START).reason) == (CheckState.FAILED, "too_dark")
    assert watch.wake_at is None


def failing(sessions):
    """The last of several sessions whose start check each failed, a minute apart."""
    streak, watch = Streak(), None
    for number in range(sessions):
        watch = an_open_watch(before=streak, entered_at=later(60 * number))
        watch.elapse(later(60 * number + 61))
        streak = watch.streak
    return watch


def test_the_third_failure_in_a_row_asks_a_person_and_cools_down():
    second, third = failing(2), failing(3)
    assert ReviewRequested not in kinds(second)
    assert third.events[-1] == ReviewRequested(
        enrollment_id="enrollment-1",
        person_id="person-1",
        lesson_id="lesson-1",
        session_id="5e55",
        failures=3,
    )


def test_during_the_cool_down_no_check_is_requested():
    failed = failing(3)
    failed_at = failed.streak.failed_at
    watch = a_watch(before=failed.streak)
    watch.open(SEED, failed_at + timedelta(seconds=10))
    check = watch.check(START)
    assert (check.state, check.opens_at) == (CheckState.COOLING, failed_at + timedelta(seconds=600))
    assert kinds(watch) == [ScheduleDrawn]
    with pytest.raises(CheckNotOpen):
        watch.answer(START, "frame", "reference", failed_at + timedelta(seconds=20))


def test_after_the_cool_down_the_check_is_requested_by_itself():
    failed = failing(3)
    opens_at = failed.streak.failed_at + timedelta(seconds=600)
    watch = an_open_watch(before=failed.streak, entered_at=failed.streak.failed_at)
    assert watch.wake_at == opens_at
    watch.elapse(opens_at - timedelta(milliseconds=1))
    assert watch.check(START).state is CheckState.COOLING
    watch.elapse(opens_at)
    assert kinds(watch) == [ScheduleDrawn, FaceCheckRequested]
    assert watch.check(START).deadline == opens_at + timedelta(seconds=60)


def test_a_pass_begins_the_count_anew():
    watch = an_open_watch(before=Streak(failures=2, failed_at=NOW))
    answer(watch, START, "match", later(5))
    assert watch.streak == Streak()


@given(st.lists(st.sampled_from(["match", "mismatch", "missed"]), max_size=12))
def test_only_failures_in_a_row_cool_down_and_each_third_of_them(outcomes):
    streak, in_a_row = Streak(), 0
    for number, outcome in enumerate(outcomes):
        watch = a_watch(before=streak)
        watch.open(SEED, later(10_000 * number))
        assert watch.check(START).state is CheckState.REQUESTED  # a cool-down is long over
        if outcome == "missed":
            watch.elapse(later(10_000 * number + 61))
        else:
            answer(watch, START, outcome, later(10_000 * number + 1))
        streak, in_a_row = watch.streak, 0 if outcome == "match" else in_a_row + 1
        assert streak.failures == in_a_row
        assert (ReviewRequested in kinds(watch)) == (in_a_row > 0 and in_a_row % 3 == 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["answer", "conclude", "elapse", "follow", "close"]), st.integers(0, 90))
    )
)
def test_whatever_happens_a_check_is_concluded_once(steps):
    watch, now = an_open_watch(), NOW
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        perform(watch, step, now)
    concluded = [
        event.check_id for event in watch.events if isinstance(event, FaceCheckPassed | FaceCheckFailed)
    ]
    assert len(concluded) == len(set(concluded))
    requested = {event.check_id for event in watch.events if isinstance(event, FaceCheckRequested)}
    assert set(concluded) <= requested
    assert kinds(watch).count(ScheduleRevealed) == watch.over


def perform(watch, step, now):
    check = watch.checks[-1]
    if step == "answer":
        try:
            watch.answer(check.id, f"frame {now}", "reference", now)
        except CheckClosed:
            assert check.state is not CheckState.REQUESTED or now > check.deadline
        except CheckExamining:
            assert check.state is CheckState.EXAMINING
    elif step == "conclude":
        outcome = ("match", "no_face", "mismatch")[now.second % 3]
        watch.conclude(an_answer(f"{check.id}-{len(check.frame_keys)}", outcome), SEED, now)
    elif step == "elapse":
        watch.elapse(now)
    elif step == "follow":
        watch.follow(watch.reached_ms + now.second * 500, SEED, now)
    else:
        watch.close(SEED, now)

"""Proctored sessions: start check, unforeseen check, deadlines, cool-down (R17, R18)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.proctor.domain import CheckState, ProctoredSession
from services.proctor.domain.access import owned_by
from services.proctor.domain.check import CheckClosed, CheckExamining, CheckNotOpen, CheckPolicy
from services.proctor.domain.schedule import seed_hash
from services.proctor.domain.streak import Streak
from services.proctor.tests.builders import (
    NOW,
    SEED,
    a_session,
    an_answer,
    an_entry,
    an_open_session,
    later,
    published,
)
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


def kinds(session):
    return [type(event) for event in session.events]


def answer(session, check_id, outcome, now, number=1):
    session.answer(check_id, f"frame-{number}", "reference", now)
    session.conclude(an_answer(f"{check_id}-{number}", outcome), SEED, now)


def playing(**changes):
    """A session whose start check is passed."""
    session = an_open_session(**changes)
    answer(session, START, "match", later(5))
    session.events.clear()
    return session


def test_a_session_begins_with_a_commitment_and_a_check():
    session = an_open_session()
    drawn, requested = session.events
    assert drawn == ScheduleDrawn(
        session_id="5e55", enrollment_id="enrollment-1", lesson_id="lesson-1", seed_hash=seed_hash(SEED)
    )
    assert isinstance(requested, FaceCheckRequested)
    assert (requested.check_id, requested.moment, requested.deadline) == (START, Moment.START, later(60))


def test_an_answer_is_a_job_for_the_worker():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(60))
    job = session.events[-1]
    assert isinstance(job, JobQueued)
    assert (job.job_id, job.owner) == ("5e55-start-1", "person-1")
    assert (job.frame_keys, job.reference_key) == (["frame-1"], "reference")
    assert session.check(START).state is CheckState.EXAMINING


def test_a_match_passes_with_its_evidence():
    session = an_open_session()
    answer(session, START, "match", later(5))
    passed = session.events[-1]
    assert isinstance(passed, FaceCheckPassed)
    assert passed.evidence.distance == 0.31
    assert passed.evidence.object_keys == ["frame-1"]


@pytest.mark.parametrize("outcome", ["mismatch", "several_faces", "not_live", "spoof"])
def test_another_face_fails_at_once(outcome):
    session = an_open_session()
    answer(session, START, outcome, later(5))
    failed = session.events[-1]
    assert isinstance(failed, FaceCheckFailed)
    assert failed.reason == outcome
    with pytest.raises(CheckClosed):
        session.answer(START, "frame-2", "reference", later(6))


@pytest.mark.parametrize("outcome", ["no_face", "too_dark", "too_small", "unreadable"])
def test_a_frame_that_cannot_be_judged_may_be_taken_again_twice(outcome):
    session = an_open_session()
    for number in (1, 2):
        answer(session, START, outcome, later(number), number)
        check = session.check(START)
        assert (check.state, check.reason) == (CheckState.REQUESTED, outcome)
    answer(session, START, outcome, later(3), 3)
    assert session.check(START).state is CheckState.FAILED
    assert kinds(session).count(FaceCheckFailed) == 1


def test_a_frame_that_cannot_be_judged_after_the_deadline_fails():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(60))
    session.conclude(an_answer("5e55-start-1", "no_face"), SEED, later(61))
    assert session.check(START).reason == "no_face"
    assert session.check(START).state is CheckState.FAILED


def test_the_learner_never_pays_for_a_slow_worker():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(59))
    session.elapse(later(3_600))
    session.conclude(an_answer("5e55-start-1", "match"), SEED, later(3_600))
    assert session.check(START).state is CheckState.PASSED


def test_a_late_answer_is_refused_and_changes_nothing():
    session = an_open_session()
    with pytest.raises(CheckClosed):
        session.answer(START, "frame-1", "reference", later(60.001))
    assert session == an_open_session()


def test_one_frame_at_a_time():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    with pytest.raises(CheckExamining):
        session.answer(START, "frame-2", "reference", later(1))


@pytest.mark.parametrize("job_id", ["5e55-start-2", "5e55-start-0"])
def test_an_answer_about_another_frame_changes_nothing(job_id):
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    session.conclude(an_answer(job_id, "match"), SEED, later(2))
    assert session.check(START).state is CheckState.EXAMINING


def test_a_repeated_answer_of_the_worker_changes_nothing():
    session = an_open_session()
    answer(session, START, "match", later(5))
    count = len(session.events)
    session.conclude(an_answer("5e55-start-1", "mismatch"), SEED, later(6))
    assert len(session.events) == count


def test_a_check_nobody_answers_is_missed():
    session = an_open_session()
    assert session.wake_at == later(60)
    session.elapse(later(60))
    assert session.check(START).state is CheckState.REQUESTED
    session.elapse(later(60.001))
    failed = session.events[-1]
    assert isinstance(failed, FaceCheckFailed)
    assert (failed.reason, failed.evidence) == ("missed", None)
    assert session.wake_at is None


def test_an_unknown_check_is_not_found():
    with pytest.raises(NotFound):
        an_open_session().check("5e55-unforeseen")


def test_the_unforeseen_check_comes_at_its_moment_and_once():
    session = playing()
    moment = session.unforeseen_at(SEED)
    session.follow(moment - 1, SEED, later(20))
    assert session.events == []
    session.follow(moment, SEED, later(21))
    session.follow(moment + 1_000, SEED, later(22))
    assert [event.check_id for event in session.events] == [UNFORESEEN]
    assert session.events[0].deadline == later(81)


def test_a_passed_unforeseen_check_is_not_asked_again():
    session = playing()
    session.follow(60_000, SEED, later(20))
    answer(session, UNFORESEEN, "match", later(25))
    session.follow(60_000, SEED, later(30))
    assert kinds(session).count(FaceCheckRequested) == 1
    assert kinds(session).count(FaceCheckPassed) == 1


def test_the_unforeseen_check_waits_for_the_start_check():
    session = an_open_session()
    session.follow(60_000, SEED, later(1))
    assert [check.moment for check in session.checks] == [Moment.START]
    answer(session, START, "match", later(5))
    assert [check.moment for check in session.checks] == [Moment.START, Moment.UNFORESEEN]


def test_a_covered_lesson_asks_the_unforeseen_check_right_after_the_start_check():
    session = an_open_session(covered_ms=59_000, reached_ms=59_000)
    answer(session, START, "match", later(5))
    assert [check.moment for check in session.checks] == [Moment.START, Moment.UNFORESEEN]


def test_a_lesson_that_has_passed_its_unforeseen_check_asks_for_none():
    session = playing(draws_unforeseen=False)
    session.follow(60_000, SEED, later(60))
    session.close(SEED, later(61))
    revealed = session.events[-1]
    assert isinstance(revealed, ScheduleRevealed)
    assert revealed.unforeseen_at_ms is None


def test_nothing_is_asked_after_a_failure():
    session = an_open_session()
    answer(session, START, "mismatch", later(5))
    session.follow(60_000, SEED, later(6))
    assert len(session.checks) == 1


def test_the_end_reveals_the_seed_and_cancels_what_is_open():
    session = an_open_session()
    session.close(SEED, later(5))
    session.close(SEED, later(6))
    assert kinds(session).count(ScheduleRevealed) == 1
    revealed = session.events[-1]
    assert bytes.fromhex(revealed.seed) == SEED
    assert revealed.unforeseen_at_ms == session.unforeseen_at(SEED)
    assert session.check(START).state is CheckState.CANCELLED
    assert session.wake_at is None


def test_a_frame_sent_before_the_end_is_still_judged():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    session.close(SEED, later(2))
    session.conclude(an_answer("5e55-start-1", "mismatch"), SEED, later(3))
    assert session.streak.failures == 1


def test_after_the_end_no_other_frame_is_wanted():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    session.close(SEED, later(2))
    session.conclude(an_answer("5e55-start-1", "too_dark"), SEED, later(3))
    assert (session.check(START).state, session.check(START).reason) == (CheckState.FAILED, "too_dark")
    assert session.wake_at is None


def failing(sessions):
    """The last of several sessions whose start check each failed, a minute apart."""
    streak, session = Streak(), None
    for number in range(sessions):
        session = an_open_session(earlier_streak=streak, entered_at=later(60 * number))
        session.elapse(later(60 * number + 61))
        streak = session.streak
    return session


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
    session = a_session(earlier_streak=failed.streak)
    session.open(SEED, failed_at + timedelta(seconds=10))
    check = session.check(START)
    assert (check.state, check.opens_at) == (CheckState.COOLING, failed_at + timedelta(seconds=600))
    assert kinds(session) == [ScheduleDrawn]
    with pytest.raises(CheckNotOpen):
        session.answer(START, "frame", "reference", failed_at + timedelta(seconds=20))


def test_after_the_cool_down_the_check_is_requested_by_itself():
    failed = failing(3)
    opens_at = failed.streak.failed_at + timedelta(seconds=600)
    session = an_open_session(earlier_streak=failed.streak, entered_at=failed.streak.failed_at)
    assert session.wake_at == opens_at
    session.elapse(opens_at - timedelta(milliseconds=1))
    assert session.check(START).state is CheckState.COOLING
    session.elapse(opens_at)
    assert kinds(session) == [ScheduleDrawn, FaceCheckRequested]
    assert session.check(START).deadline == opens_at + timedelta(seconds=60)


def test_a_pass_begins_the_count_anew():
    session = an_open_session(earlier_streak=Streak(failures=2, failed_at=NOW))
    answer(session, START, "match", later(5))
    assert session.streak == Streak()


@given(st.lists(st.sampled_from(["match", "mismatch", "missed"]), max_size=12))
def test_only_failures_in_a_row_cool_down_and_each_third_of_them(outcomes):
    streak, in_a_row = Streak(), 0
    for number, outcome in enumerate(outcomes):
        session = a_session(earlier_streak=streak)
        session.open(SEED, later(10_000 * number))
        assert session.check(START).state is CheckState.REQUESTED  # a cool-down is long over
        if outcome == "missed":
            session.elapse(later(10_000 * number + 61))
        else:
            answer(session, START, outcome, later(10_000 * number + 1))
        streak, in_a_row = session.streak, 0 if outcome == "match" else in_a_row + 1
        assert streak.failures == in_a_row
        assert (ReviewRequested in kinds(session)) == (in_a_row > 0 and in_a_row % 3 == 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["answer", "conclude", "elapse", "follow", "close"]), st.integers(0, 90))
    )
)
def test_whatever_happens_a_check_is_concluded_once(steps):
    session, now = an_open_session(), NOW
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        perform(session, step, now)
    concluded = [
        event.check_id for event in session.events if isinstance(event, FaceCheckPassed | FaceCheckFailed)
    ]
    assert len(concluded) == len(set(concluded))
    requested = {event.check_id for event in session.events if isinstance(event, FaceCheckRequested)}
    assert set(concluded) <= requested
    assert kinds(session).count(ScheduleRevealed) == session.over


def perform(session, step, now):
    check = session.checks[-1]
    if step == "answer":
        try:
            session.answer(check.id, f"frame {now}", "reference", now)
        except CheckClosed:
            assert check.state is not CheckState.REQUESTED or now > check.deadline
        except CheckExamining:
            assert check.state is CheckState.EXAMINING
    elif step == "conclude":
        outcome = ("match", "no_face", "mismatch")[now.second % 3]
        session.conclude(an_answer(f"{check.id}-{len(check.frame_keys)}", outcome), SEED, now)
    elif step == "elapse":
        session.elapse(now)
    elif step == "follow":
        session.follow(session.reached_ms + now.second * 500, SEED, now)
    else:
        session.close(SEED, now)


def test_a_session_takes_its_figures_from_the_entry():
    entered = published(an_entry("5e55", covered_ms=20_000, check_deadline_s=30, cooldown_s=900), time=NOW)
    session = ProctoredSession.of_entry(entered, sealed_seed="sealed", earlier_streak=Streak(failures=1))
    assert session == a_session(
        covered_ms=20_000,
        reached_ms=20_000,
        policy=CheckPolicy(deadline_s=30, attempts=3, cooldown_s=900),
        earlier_streak=Streak(failures=1),
    )


def test_a_session_whose_unforeseen_check_was_passed_before_draws_none():
    entered = published(an_entry("5e55", unforeseen_check_passed=True))
    assert not ProctoredSession.of_entry(entered, sealed_seed="", earlier_streak=Streak()).draws_unforeseen


def test_a_plan_without_attempts_cools_down_after_each_failure():
    entered = published(an_entry("5e55", check_attempts=0), time=NOW)
    session = ProctoredSession.of_entry(entered, sealed_seed="", earlier_streak=Streak())
    session.open(SEED, NOW)
    session.elapse(later(61))
    assert session.streak.cools_until(session.policy) == later(61 + 600)


def test_a_session_belongs_to_its_learner_and_does_not_exist_for_others():
    owned_by("person-1")(an_open_session())
    with pytest.raises(NotFound):
        owned_by("person-2")(an_open_session())


def test_a_job_is_open_from_the_frame_to_its_answer():
    session = an_open_session()
    assert session.open_jobs == {}
    session.answer(START, "frame-1", "reference", later(1))
    assert session.open_jobs == {"5e55-start-1": NOW}
    session.conclude(an_answer("5e55-start-1", "no_face"), SEED, later(2))
    session.answer(START, "frame-2", "reference", later(3))
    assert session.open_jobs == {"5e55-start-2": NOW}


def test_the_job_of_a_second_frame_is_about_that_frame_alone():
    session = an_open_session()
    answer(session, START, "too_dark", later(1), number=1)
    session.answer(START, "frame-2", "reference", later(2))
    assert session.events[-1].frame_keys == ["frame-2"]
    assert session.check(START).frame_keys == ["frame-1", "frame-2"]

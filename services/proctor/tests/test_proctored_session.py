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
    NO_FAILURE,
    NOW,
    SEED,
    VALUE,
    a_session,
    a_value,
    an_answer,
    an_entry,
    an_open_session,
    later,
    published,
    unsealed,
)
from shared.domain.errors import NotFound
from shared.events.learning import Ending
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
MOMENT = 16_085  # of the unforeseen check in a session of the builders, by openssl and bc (test_schedule)


def kinds(session):
    return [type(event) for event in session.events]


def answer(session, check_id, outcome, now, number=1):
    session.answer(check_id, f"frame-{number}", "reference", now)
    session.conclude(an_answer(f"{check_id}-{number}", outcome), SEED, unsealed, now)


def playing(**changes):
    """A session whose start check is passed."""
    session = an_open_session(**changes)
    answer(session, START, "match", later(5))
    session.events.clear()
    return session


def test_a_session_begins_with_a_commitment_and_nothing_else():
    session = ProctoredSession.draw(published(an_entry("5e55")), seed=SEED, sealed_seed="sealed")
    assert session.events == [
        ScheduleDrawn(
            session_id="5e55", enrollment_id="enrollment-1", lesson_id="lesson-1", seed_hash=seed_hash(SEED)
        )
    ]
    assert (session.checks, session.wake_at, session.unforeseen_at(SEED)) == ([], None, None)


def test_learnings_value_fixes_the_moment_and_asks_the_start_check():
    session = a_session()
    assert session.mix(a_value("5e55"), SEED, NO_FAILURE, later(2))
    [requested] = session.events
    assert isinstance(requested, FaceCheckRequested)
    assert (requested.check_id, requested.moment, requested.deadline) == (START, Moment.START, later(62))
    assert (session.value, session.unforeseen_at(SEED)) == (VALUE, MOMENT)


def test_only_the_first_value_counts():
    session = an_open_session()
    assert not session.mix(a_value("5e55", value="ff" * 32), SEED, NO_FAILURE, later(1))
    assert not session.mix(a_value("5e55"), SEED, NO_FAILURE, later(1))
    assert session == an_open_session()
    assert kinds(session) == [FaceCheckRequested]


def test_an_answer_to_another_commitment_changes_nothing():
    session = a_session()
    assert not session.mix(a_value("5e55", seed_hash=seed_hash(b"another")), SEED, NO_FAILURE, NOW)
    assert (session, session.events) == (a_session(), [])


def test_a_value_for_a_session_that_is_over_changes_nothing():
    session = a_session()
    session.close(SEED, Ending.SUPERSEDED, later(1))
    assert not session.mix(a_value("5e55"), SEED, NO_FAILURE, later(2))
    assert session.events[-1] == ScheduleRevealed(
        session_id="5e55", enrollment_id="enrollment-1", seed=SEED.hex(), unforeseen_at_ms=None
    )


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
    session.conclude(an_answer("5e55-start-1", "no_face"), SEED, unsealed, later(61))
    assert session.check(START).reason == "no_face"
    assert session.check(START).state is CheckState.FAILED


def test_the_learner_never_pays_for_a_slow_worker():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(59))
    session.elapse(later(3_600))
    session.conclude(an_answer("5e55-start-1", "match"), SEED, unsealed, later(3_600))
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
    session.conclude(an_answer(job_id, "match"), SEED, unsealed, later(2))
    assert session.check(START).state is CheckState.EXAMINING


def test_a_repeated_answer_of_the_worker_changes_nothing():
    session = an_open_session()
    answer(session, START, "match", later(5))
    count = len(session.events)
    session.conclude(an_answer("5e55-start-1", "mismatch"), SEED, unsealed, later(6))
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


def test_the_first_lease_runs_to_the_moment_and_the_second_to_the_end():
    session = an_open_session()
    answer(session, START, "match", later(5))
    assert session.events[-1].lease == f"{START} until {MOMENT}"
    session.request_unforeseen(MOMENT, SEED, later(20))
    answer(session, UNFORESEEN, "match", later(25))
    assert session.events[-1].lease == f"{UNFORESEEN} until 60000"


def test_the_first_lease_runs_to_the_end_when_the_unforeseen_check_was_passed_before():
    session = an_open_session(draws_unforeseen=False)
    answer(session, START, "match", later(5))
    assert session.events[-1].lease == f"{START} until 60000"


def test_with_nothing_left_to_cover_the_first_lease_grants_nothing_more():
    session = an_open_session(covered_ms=58_500)
    answer(session, START, "match", later(5))
    assert session.events[-1].lease == f"{START} until 58500"
    assert session.request_unforeseen(58_500, SEED, later(6))


def test_no_other_outcome_grants_a_lease():
    session = an_open_session()
    for number, outcome in enumerate(("no_face", "mismatch"), start=1):
        answer(session, START, outcome, later(number), number)
    assert FaceCheckPassed not in kinds(session)


def test_the_unforeseen_check_comes_when_the_lease_is_used_up_and_once():
    session = playing()
    assert not session.request_unforeseen(MOMENT - 1, SEED, later(20))
    assert session.events == []
    assert session.request_unforeseen(MOMENT, SEED, later(21))
    assert not session.request_unforeseen(MOMENT, SEED, later(22))
    assert [event.check_id for event in session.events] == [UNFORESEEN]
    assert (session.events[0].deadline, session.wake_at) == (later(81), later(81))


def test_a_passed_unforeseen_check_is_not_asked_again():
    session = playing()
    session.request_unforeseen(60_000, SEED, later(20))
    answer(session, UNFORESEEN, "match", later(25))
    assert not session.request_unforeseen(60_000, SEED, later(30))
    assert kinds(session).count(FaceCheckRequested) == 1
    assert kinds(session).count(FaceCheckPassed) == 1


@pytest.mark.parametrize("outcome", [None, "mismatch"])
def test_the_unforeseen_check_is_not_asked_without_a_passed_start_check(outcome):
    session = an_open_session()
    if outcome:
        answer(session, START, outcome, later(1))
    assert not session.request_unforeseen(60_000, SEED, later(2))
    assert [check.moment for check in session.checks] == [Moment.START]


def test_nothing_is_asked_before_learnings_value_or_after_the_end():
    assert not a_session().request_unforeseen(60_000, SEED, later(1))
    session = playing()
    session.close(SEED, Ending.SILENT, later(6))
    assert not session.request_unforeseen(60_000, SEED, later(7))
    assert [check.id for check in session.checks] == [START]


def test_a_lesson_that_has_passed_its_unforeseen_check_asks_for_none():
    session = playing(draws_unforeseen=False)
    assert not session.request_unforeseen(60_000, SEED, later(60))
    session.close(SEED, Ending.COMPLETED, later(61))
    revealed = session.events[-1]
    assert isinstance(revealed, ScheduleRevealed)
    assert revealed.unforeseen_at_ms is None


def test_the_end_reveals_the_seed_and_the_moment_once():
    session = playing()
    session.close(SEED, Ending.COMPLETED, later(6))
    session.close(SEED, Ending.SUPERSEDED, later(7))
    [revealed] = session.events
    assert bytes.fromhex(revealed.seed) == SEED
    assert revealed.unforeseen_at_ms == MOMENT


LEFT = [Ending.COMPLETED, Ending.SUPERSEDED, Ending.CHECK_FAILED, Ending.SILENT]


@pytest.mark.parametrize("ending", LEFT)
def test_a_check_that_was_asked_for_and_left_counts_as_missed(ending):
    session = an_open_session()
    session.close(SEED, ending, later(5))
    _, failed, revealed = session.events
    assert isinstance(failed, FaceCheckFailed)
    assert (failed.check_id, failed.reason, failed.evidence) == (START, "left", None)
    assert isinstance(revealed, ScheduleRevealed)
    assert session.streak == Streak(failures=1)
    assert session.wake_at is None


def test_a_check_that_was_missed_before_the_end_was_missed_and_not_left():
    session = an_open_session()
    session.close(SEED, Ending.SUPERSEDED, later(61))
    assert session.check(START).reason == "missed"


@pytest.mark.parametrize("ending", sorted(set(Ending) - set(LEFT)))
def test_nobody_leaves_a_check_by_a_window_or_an_enrolment_that_ends(ending):
    session = an_open_session()
    session.close(SEED, ending, later(5))
    check = session.check(START)
    assert (check.state, check.reason, check.concluded_at) == (CheckState.CANCELLED, None, later(5))
    assert kinds(session) == [FaceCheckRequested, ScheduleRevealed]
    assert (session.streak, session.wake_at) == (Streak(), None)


@pytest.mark.parametrize("ending", list(Ending))
def test_a_check_that_cools_is_cancelled_at_the_end(ending):
    session = an_open_session(Streak(failures=3, cools_from=NOW))
    session.close(SEED, ending, later(5))
    assert session.check(START).state is CheckState.CANCELLED
    assert kinds(session) == [ScheduleRevealed]
    assert session.streak == Streak(failures=3, cools_from=NOW)


def test_a_frame_in_hand_that_matches_passes_after_the_end_however_late():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    session.close(SEED, Ending.WINDOW_CLOSED, later(2))
    session.conclude(an_answer("5e55-start-1", "match"), SEED, unsealed, later(86_400))
    assert isinstance(session.events[-1], FaceCheckPassed)
    assert session.streak == Streak()


def test_a_frame_sent_before_the_end_is_still_judged():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    session.close(SEED, Ending.SILENT, later(2))
    session.conclude(an_answer("5e55-start-1", "mismatch"), SEED, unsealed, later(3))
    assert session.streak.failures == 1


def test_after_the_end_no_other_frame_is_wanted():
    session = an_open_session()
    session.answer(START, "frame-1", "reference", later(1))
    session.close(SEED, Ending.SILENT, later(2))
    session.conclude(an_answer("5e55-start-1", "too_dark"), SEED, unsealed, later(3))
    assert (session.check(START).state, session.check(START).reason) == (CheckState.FAILED, "too_dark")
    assert session.wake_at is None


def failing(sessions):
    """The last of several sessions whose start check each failed, a minute apart."""
    streak, session = Streak(), None
    for number in range(sessions):
        session = an_open_session(streak, entered_at=later(60 * number))
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
    failed_at = failed.streak.cools_from
    session = an_open_session(failed.streak, entered_at=failed_at + timedelta(seconds=10))
    check = session.check(START)
    assert (check.state, check.opens_at) == (CheckState.COOLING, failed_at + timedelta(seconds=600))
    assert kinds(session) == []
    with pytest.raises(CheckNotOpen):
        session.answer(START, "frame", "reference", failed_at + timedelta(seconds=20))


def test_after_the_cool_down_the_check_is_requested_by_itself():
    failed = failing(3)
    opens_at = failed.streak.cools_from + timedelta(seconds=600)
    session = an_open_session(failed.streak, entered_at=failed.streak.cools_from)
    assert session.wake_at == opens_at
    session.elapse(opens_at - timedelta(milliseconds=1))
    assert session.check(START).state is CheckState.COOLING
    session.elapse(opens_at)
    assert kinds(session) == [FaceCheckRequested]
    assert session.check(START).deadline == opens_at + timedelta(seconds=60)


def test_a_pass_begins_the_count_anew():
    session = an_open_session(Streak(failures=2))
    answer(session, START, "match", later(5))
    assert session.streak == Streak()


@given(st.lists(st.sampled_from(["match", "mismatch", "missed", "left"]), max_size=12))
def test_only_failures_in_a_row_cool_down_and_each_third_of_them(outcomes):
    streak, in_a_row = Streak(), 0
    for number, outcome in enumerate(outcomes):
        session = an_open_session(streak, entered_at=later(10_000 * number))
        assert session.check(START).state is CheckState.REQUESTED  # a cool-down is long over
        if outcome == "missed":
            session.elapse(later(10_000 * number + 61))
        elif outcome == "left":
            session.close(SEED, Ending.SUPERSEDED, later(10_000 * number + 1))
        else:
            answer(session, START, outcome, later(10_000 * number + 1))
        streak, in_a_row = session.streak, 0 if outcome == "match" else in_a_row + 1
        assert streak.failures == in_a_row
        assert (ReviewRequested in kinds(session)) == (in_a_row > 0 and in_a_row % 3 == 0)


STEPS = st.sampled_from(["answer", "conclude", "elapse", "use up", *Ending])


@given(st.lists(st.tuples(STEPS, st.integers(0, 90))))
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
        session.conclude(an_answer(f"{check.id}-{len(check.frame_keys)}", outcome), SEED, unsealed, now)
    elif step == "elapse":
        session.elapse(now)
    elif step == "use up":
        session.request_unforeseen(now.second * 1_000, SEED, now)
    else:
        session.close(SEED, step, now)


def test_a_session_takes_its_figures_from_the_entry():
    entered = published(
        an_entry("5e55", covered_ms=20_000, check_deadline_s=30, cooldown_s=900, turn=1), time=NOW
    )
    assert ProctoredSession.draw(entered, seed=SEED, sealed_seed="sealed") == a_session(
        covered_ms=20_000, policy=CheckPolicy(deadline_s=30, attempts=3, cooldown_s=900)
    )


def test_a_session_whose_unforeseen_check_was_passed_before_draws_none():
    entered = published(an_entry("5e55", unforeseen_check_passed=True))
    assert not ProctoredSession.draw(entered, seed=SEED, sealed_seed="").draws_unforeseen


def test_a_plan_without_attempts_cools_down_after_each_failure():
    entered = published(an_entry("5e55", check_attempts=0), time=NOW)
    session = ProctoredSession.draw(entered, seed=SEED, sealed_seed="")
    session.mix(a_value("5e55"), SEED, NO_FAILURE, NOW)
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
    session.conclude(an_answer("5e55-start-1", "no_face"), SEED, unsealed, later(2))
    session.answer(START, "frame-2", "reference", later(3))
    assert session.open_jobs == {"5e55-start-2": NOW}


def test_the_job_of_a_second_frame_is_about_that_frame_alone():
    session = an_open_session()
    answer(session, START, "too_dark", later(1), number=1)
    session.answer(START, "frame-2", "reference", later(2))
    assert session.events[-1].frame_keys == ["frame-2"]
    assert session.check(START).frame_keys == ["frame-1", "frame-2"]

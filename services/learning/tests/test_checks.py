"""Face checks and the leases that they open (R17, R18), and how a session ends."""

from dataclasses import asdict

import pytest

from services.learning.domain import PassedCheck, PlaySession, RefusalReason, SessionState, Turn
from services.learning.domain.bank import Bank
from services.learning.domain.batch import Batch
from services.learning.tests.builders import (
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_session,
    a_study,
    at,
    pass_check,
    playing,
    recorded,
    report,
    watched,
)
from shared.events.learning import (
    CheckDue,
    Ending,
    LessonEntered,
    PlaybackRecorded,
    ScheduleMixed,
    SessionEnded,
)
from shared.events.terms import StudyPolicy


def send(session, number, start_s, end_s, now_s):
    return session.report(report(number, start_s, end_s), at(now_s))


# ---- the draw ----


def test_proctors_draw_is_answered_once_however_often_it_comes():
    session = a_session()
    session.mix("hash", "value")
    session.mix("another hash", "another value")
    (event,) = recorded(session, ScheduleMixed)
    assert (event.seed_hash, event.value) == ("hash", "value")


def test_a_session_that_has_ended_answers_no_draw():
    session = a_session()
    session.end(Ending.SUPERSEDED, at(1))
    session.mix("hash", "value")
    assert recorded(session, ScheduleMixed) == []


# ---- leases ----


def test_a_session_awaits_its_start_check_and_plays_once_it_is_passed():
    session = a_session()
    assert session.state is SessionState.AWAITING_CHECK
    pass_check(session)
    assert session.state is SessionState.PLAYING


def test_credit_stops_at_the_lease_and_the_same_answer_says_that_a_check_is_due():
    session = playing(lease_s=10)
    send(session, 1, 0, 3, 9)
    outcome = send(session, 2, 3, 12, 12)
    assert (outcome.credited_ms, outcome.pending_ms, outcome.covered_ms) == (7_000, 2_000, 10_000)
    assert (outcome.state, outcome.position_ms) == (SessionState.AWAITING_CHECK, 10_000)
    batch, due = session.events[-2:]
    assert isinstance(batch, PlaybackRecorded)
    assert (due.covered_ms, due.reached_at) == (10_000, at(12))


@pytest.mark.parametrize("claim", [(0, 15), (9, 15), (10, 15), (10, 10), (0, 3)])
def test_nothing_is_credited_beyond_the_lease_whatever_comes(claim):
    session = playing(lease_s=10)
    send(session, 1, 0, 15, 15)
    for number in (2, 3, 4):
        assert send(session, number, *claim, 20 + number).refusal is RefusalReason.CHECK_PENDING
    assert session.covered_ms == 10_000
    assert len(recorded(session, CheckDue)) == 1


def test_after_the_unforeseen_check_the_rest_is_claimed_from_what_was_saved():
    session = playing(lease_s=10)
    send(session, 1, 0, 12, 12)
    pass_check(session, UNFORESEEN, 15, at_s=40)
    assert session.bank == Bank(anchored_at=at(40), saved_ms=2_000)
    assert send(session, 2, 10, 13, 41).credited_ms == 3_000


def test_time_does_not_count_between_the_lease_and_the_check():
    session = playing(lease_s=10)
    send(session, 1, 0, 10, 10)
    pass_check(session, UNFORESEEN, 15, at_s=40)
    outcome = send(session, 2, 10, 13, 41)
    assert (outcome.credited_ms, outcome.pending_ms) == (1_000, 2_000)


def test_a_lease_never_becomes_shorter():
    session = playing(lease_s=10)
    pass_check(session, UNFORESEEN, 5)
    assert session.lease_ms == 10_000


def test_a_lease_ends_with_the_video_at_the_latest():
    assert playing(lease_s=99).lease_ms == 15_000


def test_a_lease_that_ends_where_the_lesson_is_asks_for_the_next_check_at_once():
    session = playing(lease_s=0)
    assert session.state is SessionState.AWAITING_CHECK
    (due,) = recorded(session, CheckDue)
    assert (due.covered_ms, due.reached_at) == (0, at(0))
    assert send(session, 1, 0, 3, 3).refusal is RefusalReason.CHECK_PENDING
    pass_check(session, UNFORESEEN, 15, at_s=5)
    assert send(session, 1, 0, 3, 8).credited_ms == 3_000


def test_a_check_that_is_heard_twice_opens_one_lease():
    session = playing(lease_s=10)
    send(session, 1, 0, 10, 10)
    before = asdict(session)
    pass_check(session, START, 15, at_s=20)
    assert asdict(session) == before


def test_a_check_passed_while_it_plays_costs_no_time_and_leaves_the_batch_as_it_is():
    session = playing(lease_s=10)
    send(session, 1, 0, 3, 3)
    pass_check(session, UNFORESEEN, 15, at_s=6)
    assert (session.bank, session.batch.anchored_at) == (Bank(anchored_at=at(3)), at(0))
    assert send(session, 2, 3, 6, 6).credited_ms == 3_000


def test_a_batch_is_counted_from_the_check_after_what_was_refused_before_it():
    session = playing(lease_s=10)
    send(session, 1, 0, 12, 12)
    send(session, 2, 10, 12, 14)
    pass_check(session, UNFORESEEN, 15, at_s=40)
    send(session, 2, 10, 13, 43)
    later = recorded(session, PlaybackRecorded)[-1]
    assert [(record.refusal, record.received_at) for record in later.reports] == [
        ("check_pending", at(14)),
        (None, at(43)),
    ]
    assert (later.anchored_at, later.bank_ms) == (at(40), 2_000)


def test_an_unforeseen_check_of_an_earlier_session_is_not_asked_for_again():
    study = a_study()
    study.lesson("common").absorb(0, [PassedCheck(check_id="c0", moment=UNFORESEEN)])
    session = playing(study, lease_s=15)
    outcome = send(session, 1, 0, 13, 13)
    assert (outcome.state, session.ending) == (SessionState.ENDED, Ending.COMPLETED)


# ---- the end of the lesson's video ----


def test_a_watched_lesson_with_both_checks_ends_its_session():
    session = watched(playing())
    assert (session.state, session.ending, session.covered_ms) == (
        SessionState.ENDED,
        Ending.COMPLETED,
        15_000,
    )
    (ended,) = recorded(session, SessionEnded)
    assert (ended.ending, ended.reports, ended.ended_at, ended.check_id) == (
        Ending.COMPLETED,
        5,
        at(15),
        None,
    )


@pytest.mark.parametrize(("end_s", "ending"), [(13, Ending.COMPLETED), (12.999, None)])
def test_a_video_is_watched_when_at_most_two_seconds_are_missing(end_s, ending):
    session = playing(lease_s=10)
    send(session, 1, 0, 10, 10)
    pass_check(session, UNFORESEEN, 15, at_s=10)
    send(session, 2, 10, end_s, 14)
    assert session.ending is ending


def test_without_the_unforeseen_check_a_session_plays_into_the_slack_and_awaits_it():
    session = playing(lease_s=14.5)
    assert send(session, 1, 0, 14, 14).state is SessionState.PLAYING
    assert send(session, 2, 14, 15, 15).state is SessionState.AWAITING_CHECK
    pass_check(session, UNFORESEEN, 15, at_s=20)
    assert (session.ending, session.ended_at, session.covered_ms) == (Ending.COMPLETED, at(20), 14_500)


def test_where_only_the_quiz_is_left_the_start_check_ends_the_session():
    study = a_study()
    study.lesson("common").absorb(13_000, [PassedCheck(check_id="c0", moment=UNFORESEEN)])
    session = playing(study, lease_s=15)
    assert session.ending is Ending.COMPLETED
    assert recorded(session, CheckDue) == []


def test_the_repeated_report_that_completed_the_lesson_is_answered_again():
    session = playing(lease_s=10)
    send(session, 1, 0, 10, 10)
    pass_check(session, UNFORESEEN, 15, at_s=10)
    outcome = send(session, 2, 10, 15, 15)
    assert outcome.state is SessionState.ENDED
    assert send(session, 2, 10, 15, 99) == outcome


# ---- ends ----


def test_an_end_takes_nothing_back_publishes_what_was_earned_and_names_the_check():
    session = playing()
    send(session, 1, 0, 3, 3)
    session.end(Ending.CHECK_FAILED, at(5), "c2")
    batch, ended = session.events[-2:]
    assert [record.credited_ms for record in batch.reports] == [3_000]
    assert (ended.ending, ended.check_id, ended.covered_ms) == (Ending.CHECK_FAILED, "c2", 3_000)
    assert (ended.reports, ended.ended_at, session.ended_at) == (1, at(5), at(5))


def test_what_time_has_ended_before_stays_so():
    session = playing()
    session.end(Ending.CHECK_FAILED, at(100), "c2")
    assert (session.ending, session.ended_at) == (Ending.SILENT, at(60))


@pytest.mark.parametrize("happen", [
    lambda session: session.end(Ending.STOPPED, at(9)),
    lambda session: session.elapse(at(9_000)),
    lambda session: pass_check(session, UNFORESEEN, 15, at_s=9),
    lambda session: session.mix("hash", "value"),
])  # fmt: skip
def test_what_happens_to_an_ended_session_changes_nothing(happen):
    session = playing()
    session.end(Ending.SUPERSEDED, at(5))
    before = asdict(session)
    happen(session)
    assert asdict(session) == before


def test_re_entering_needs_a_check_of_its_own_and_goes_on_where_it_was():
    study, session = a_study(), playing(a_study())
    send(session, 1, 0, 3, 3)
    session.end(Ending.CHECK_FAILED, at(5))
    study.absorb(session, at(6))
    again = a_session(study, id="s2", at_s=10)
    assert (again.state, again.covered_ms) == (SessionState.AWAITING_CHECK, 3_000)
    assert recorded(again, LessonEntered)[-1].covered_ms == 3_000


def test_a_session_that_never_began_is_an_ended_one_of_no_lesson():
    turn = Turn(number=1, enrollment_id="study", session_id="s1")
    session = PlaySession.never_began(turn, Ending.STOPPED, person_id="person", now=at(3))
    assert (session.id, session.enrollment_id, session.person_id) == ("s1", "study", "person")
    assert (session.state, session.ending, session.ended_at) == (SessionState.ENDED, Ending.STOPPED, at(3))
    assert (session.lesson_id, session.login_id, session.events, session.wake_at) == ("", "", [], None)
    assert (session.duration_ms, session.covered_ms, session.unforeseen_passed) == (0, 0, False)
    assert (session.entered_at, session.closes_at, session.policy) == (at(3), at(3), StudyPolicy())
    assert session.bank == Bank(anchored_at=at(3))
    assert session.batch == Batch(number=1, anchored_at=at(3), bank_ms=0)


# ---- checks and the study window (R9) ----


def in_the_slack(closes_s=20):
    """All is watched by 12:00:14, and the unforeseen check is due."""
    study = a_study(a_course(a_lesson()), closes_at=at(closes_s))
    session = playing(study, lease_s=14)
    send(session, 1, 0, 14, 14)
    return study, session


def hear_of_a_check(session, passed_s, now_s):
    check = PassedCheck(check_id="c2", moment=UNFORESEEN)
    session.pass_check(check, lease_ms=15_000, passed_at=at(passed_s), now=at(now_s))


@pytest.mark.parametrize("ended_by_the_clock", [False, True])
def test_a_check_passed_before_the_window_closed_counts_when_it_is_heard_of_later(ended_by_the_clock):
    study, session = in_the_slack()
    if ended_by_the_clock:
        session.elapse(at(21))
    hear_of_a_check(session, 19.999, 30)
    assert (session.ending, session.ended_at) == (Ending.WINDOW_CLOSED, at(20))
    assert session.unforeseen_passed
    study.absorb(session, at(30))
    assert study.lesson("common").completed


def test_a_late_check_lets_nothing_be_credited_any_more():
    _, session = in_the_slack()
    hear_of_a_check(session, 19.999, 30)
    assert send(session, 2, 14, 15, 31).refusal is RefusalReason.WINDOW_CLOSED
    assert (session.covered_ms, session.lease_ms) == (14_000, 14_000)


@pytest.mark.parametrize("now_s", [20, 30])
def test_a_check_passed_after_the_window_closed_counts_for_nothing(now_s):
    _, session = in_the_slack()
    hear_of_a_check(session, 20, now_s)
    assert [check.moment for check in session.checks] == [START]
    assert not session.unforeseen_passed


def test_a_check_that_is_heard_before_the_window_closes_but_passed_after_it_opens_no_lease():
    _, session = in_the_slack()  # two clocks differ
    hear_of_a_check(session, 20, 19)
    assert (session.state, session.lease_ms) == (SessionState.AWAITING_CHECK, 14_000)


def test_a_late_check_that_is_heard_twice_counts_once():
    _, session = in_the_slack()
    for now_s in (30, 31):
        hear_of_a_check(session, 19, now_s)
    assert len(session.checks) == 2


def test_a_check_of_a_session_that_was_left_before_counts_for_nothing():
    _, session = in_the_slack()
    session.end(Ending.SUPERSEDED, at(15))
    hear_of_a_check(session, 15, 16)
    assert len(session.checks) == 1

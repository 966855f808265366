"""When a position report earns credit (R23), on the rules alone."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.learning.domain import RefusalReason, Report, SessionState
from services.learning.domain.bank import Bank
from services.learning.tests.builders import (
    START,
    UNFORESEEN,
    a_course,
    a_lesson,
    a_session,
    a_study,
    an_hour,
    at,
    pass_check,
    playing,
    recorded,
    report,
)
from shared.events.learning import Ending, PlaybackRecorded, SessionEnded
from shared.events.terms import StudyPolicy


def send(session, number, start_s, end_s, now_s, rate=1.0):
    return session.report(report(number, start_s, end_s, rate), at(now_s))


# ---- what earns ----


def test_what_was_played_in_that_time_is_credited():
    session = playing()
    outcome = send(session, 1, 0, 3, 3)
    assert (outcome.credited_ms, outcome.pending_ms, outcome.covered_ms) == (3_000, 0, 3_000)
    assert (outcome.position_ms, outcome.next_report) == (3_000, 2)
    assert (outcome.state, outcome.refusal) == (SessionState.PLAYING, None)


def test_of_more_than_the_time_that_passed_the_rest_stays_pending_and_is_claimed_again():
    session = playing()
    outcome = send(session, 1, 0, 4, 3)
    assert (outcome.credited_ms, outcome.pending_ms, outcome.position_ms) == (3_000, 1_000, 3_000)
    assert send(session, 2, 3, 6, 6).credited_ms == 3_000


def test_after_a_gap_of_30_seconds_three_queued_reports_earn_15_seconds_each():
    session = an_hour()
    send(session, 1, 0, 15, 15)
    outcomes = [send(session, number, 15 * number - 15, 15 * number, 60) for number in (2, 3, 4)]
    assert [outcome.credited_ms for outcome in outcomes] == [15_000] * 3


def test_time_that_was_not_spent_stays_spendable():
    session = playing()
    send(session, 1, 0, 1, 10)
    assert send(session, 2, 1, 12, 10.001).credited_ms == 9_001


def test_no_more_than_a_minute_stays_spendable():
    session = an_hour()
    for number in range(1, 5):
        send(session, number, 0, 0, 30 * number)
    assert session.bank == Bank(anchored_at=at(120), saved_ms=60_000)
    assert send(session, 5, 0, 75, 120).credited_ms == 60_000


@given(delays=st.lists(st.one_of(st.just(0.0), st.floats(1, 4)), min_size=20, max_size=40))
def test_jitter_of_some_seconds_loses_nothing(delays):
    session = an_hour()
    position, arrived = 0, 0.0
    for number, delay in enumerate(delays, start=1):
        arrived = max(arrived, 15 * number + delay)  # one connection: none overtakes another
        outcome = session.report(
            Report(number=number, from_ms=position, to_ms=15_000 * number, rate=1), at(arrived)
        )
        position = outcome.position_ms
    assert (outcome.covered_ms, outcome.pending_ms) == (15_000 * len(delays), 0)


def test_jitter_on_one_report_in_ten_loses_nothing_of_an_hour():
    session = an_hour()
    for number in range(1, 181):
        late = (number % 4) + 1 if number % 10 == 0 and number < 180 else 0
        outcome = send(session, number, 15 * number - 15, 15 * number, 15 * number + late)
        assert outcome.pending_ms == 0
    assert outcome.covered_ms == 2_700_000


def test_going_back_and_returning_is_no_seek_ahead():
    session = an_hour()
    send(session, 1, 0, 15, 15)
    again = send(session, 2, 5, 12, 22)
    assert (again.credited_ms, again.covered_ms, again.refusal) == (0, 15_000, None)
    returned = send(session, 3, 15, 23, 30)
    assert (returned.credited_ms, returned.refusal) == (8_000, None)


def test_what_is_watched_again_is_paid_for_and_earns_only_what_is_new():
    session = playing()
    send(session, 1, 0, 3, 3)
    outcome = send(session, 2, 1, 4, 6)
    assert (outcome.credited_ms, outcome.covered_ms) == (1_000, 4_000)
    assert session.bank.saved_ms == 0


def test_a_player_that_rounds_the_end_up_is_cut_to_the_video():
    session = playing(lease_s=15)
    outcome = send(session, 1, 0, 15.5, 30)
    assert (outcome.covered_ms, outcome.credited_ms, outcome.pending_ms) == (15_000, 15_000, 0)


@pytest.mark.parametrize(
    ("start", "end", "cut"),
    [(0, 0, (0, 0)), (0, 15, (0, 15_000)), (15.5, 15.5, (15_000, 15_000)), (14, 15.5, (14_000, 15_000))],
)
def test_a_report_is_cut_to_the_video(start, end, cut):
    inside = report(4, start, end, rate=0.5).within(15_000)
    assert (inside.from_ms, inside.to_ms) == cut
    assert (inside.number, inside.rate) == (4, 0.5)


# ---- silence ----


SILENT_CLAIMS = {
    "all of it": (0, 2_700, 1),
    "one report period": (0, 15, 1),
    "what the bank would hold": (0, 60, 1),
    "the tail alone": (2_685, 2_700, 1),
    "nothing, to stay": (0, 0, 1),
}


@pytest.mark.parametrize("claim", SILENT_CLAIMS.values(), ids=SILENT_CLAIMS)
def test_45_silent_minutes_and_one_report_earn_nothing(claim):
    session = an_hour()
    outcome = send(session, 1, *claim[:2], 2_700, claim[2])
    assert (outcome.credited_ms, outcome.covered_ms) == (0, 0)
    assert (outcome.refusal, outcome.state) == (RefusalReason.SILENT, SessionState.ENDED)
    (ended,) = recorded(session, SessionEnded)
    assert (ended.ending, ended.ended_at, ended.covered_ms) == (Ending.SILENT, at(60), 0)


def test_silence_is_measured_from_the_last_report_that_was_accepted():
    session = an_hour()
    send(session, 1, 0, 15, 15)
    assert send(session, 1, 0, 16, 60).refusal is RefusalReason.OUT_OF_ORDER
    assert send(session, 2, 15, 30, 75.001).refusal is RefusalReason.SILENT
    assert (session.ended_at, session.covered_ms) == (at(75), 15_000)


def test_a_minute_without_a_report_is_not_silence_yet():
    session = an_hour()
    assert send(session, 1, 0, 60, 60).credited_ms == 60_000


def test_no_time_and_no_silence_count_while_a_check_is_pending():
    session = an_hour(lease_s=10)
    send(session, 1, 0, 15, 15)
    session.elapse(at(3_000))
    assert session.state is SessionState.AWAITING_CHECK
    pass_check(session, UNFORESEEN, 2_700, at_s=3_000)
    assert send(session, 2, 10, 20, 3_000).credited_ms == 5_000  # what was saved before
    session.elapse(at(3_060))
    assert session.state is SessionState.PLAYING


def test_heartbeats_of_no_length_keep_a_session_and_save_no_more_than_a_minute():
    session = an_hour()
    for number in range(1, 61):
        assert send(session, number, 0, 0, 45 * number).refusal is None
    outcome = send(session, 61, 0, 75, 2_700)
    assert (outcome.credited_ms, outcome.pending_ms) == (60_000, 15_000)


# ---- what is refused ----


def refusal(session, number, start_s, end_s, now_s, rate=1.0):
    """Why it is refused; checks that nothing else has changed."""
    before = without_batch(session)
    outcome = send(session, number, start_s, end_s, now_s, rate)
    assert (outcome.credited_ms, outcome.pending_ms) == (0, 0)
    assert (outcome.next_report, outcome.position_ms) == (session.reports + 1, session.covered_ms)
    assert outcome.covered_ms == session.covered_ms
    assert outcome.state is session.state
    assert without_batch(session) == before
    noted = session.batch.reports[-1]
    assert (noted.number, noted.from_ms, noted.to_ms) == (number, start_s * 1000, end_s * 1000)
    assert (noted.rate, noted.received_at, noted.refusal) == (rate, at(now_s), outcome.refusal)
    return outcome.refusal


def without_batch(session):
    state = asdict(session)
    return {name: value for name, value in state.items() if name not in ("batch", "events")}


@pytest.fixture
def session():
    """It has played 3 s by 12:00:03, of 15 s."""
    played = playing()
    send(played, 1, 0, 3, 3)
    return played


@pytest.mark.parametrize("number", [0, 1, 3, 7])
def test_a_report_out_of_order_is_refused(session, number):
    assert refusal(session, number, 3, 6, 6) is RefusalReason.OUT_OF_ORDER
    assert send(session, 2, 3, 6, 6).credited_ms == 3_000


@pytest.mark.parametrize(("start", "end"), [(-0.001, 3), (3, 2.999), (0, 15.501), (16, 16)])
def test_positions_outside_the_video_are_impossible(session, start, end):
    assert refusal(session, 2, start, end, 30) is RefusalReason.IMPOSSIBLE


@pytest.mark.parametrize("rate", [0.5, 1.25, 2, 16])
def test_another_speed_than_normal_earns_nothing(session, rate):
    assert refusal(session, 2, 3, 6, 6, rate) is RefusalReason.WRONG_RATE


def test_seeking_ahead_earns_nothing(session):
    assert refusal(session, 2, 3.001, 6, 6) is RefusalReason.SEEK_AHEAD
    assert send(session, 2, 3, 6, 6).refusal is None


def test_a_claim_of_more_than_a_minute_beyond_the_time_that_passed_is_refused():
    session = an_hour()
    send(session, 1, 0, 15, 15)
    assert refusal(session, 2, 15, 90.001, 30) is RefusalReason.TOO_FAST
    assert send(session, 2, 15, 90, 30).credited_ms == 15_000


def test_the_reasons_are_looked_at_in_a_fixed_order():
    session = an_hour()
    send(session, 1, 0, 3, 3)
    reasons = [
        refusal(session, 9, -1, 99, 6, 2),
        refusal(session, 2, -1, 99, 6, 2),
        refusal(session, 2, 4, 99, 6, 2),
        refusal(session, 2, 4, 99, 6),
        refusal(session, 2, 3, 99, 6),
    ]
    assert [reason.value for reason in reasons] == [
        "out_of_order", "impossible", "wrong_rate", "seek_ahead", "too_fast",
    ]  # fmt: skip


def test_before_the_check_everything_is_pending():
    session = a_session()
    assert refusal(session, 7, -1, 99, 6, 2) is RefusalReason.CHECK_PENDING


def test_time_before_the_check_is_passed_earns_nothing():
    session = a_session()
    pass_check(session, START, at_s=30)
    assert send(session, 1, 0, 3, 31).credited_ms == 1_000


# ---- repeats ----


def test_an_exact_repeat_is_answered_the_same_and_changes_nothing(session):
    outcome = send(session, 2, 3, 6, 6)
    before = asdict(session)
    assert send(session, 2, 3, 6, 40) == outcome
    assert asdict(session) == before
    assert send(session, 3, 6, 9, 9).credited_ms == 3_000


def test_a_repeat_after_a_refusal_is_answered_the_same(session):
    outcome = send(session, 2, 3, 5, 6)
    send(session, 9, 3, 5, 6)
    assert send(session, 2, 3, 5, 7) == outcome


def test_a_repeat_of_what_was_cut_to_the_video_is_answered_the_same():
    session = playing(lease_s=15)
    assert send(session, 1, 0, 15.5, 30) == send(session, 1, 0, 15.5, 33)


def test_the_repeat_of_the_last_report_is_answered_after_the_end_too(session):
    outcome = send(session, 2, 3, 5, 6)
    session.end(Ending.SUPERSEDED, at(7))
    before = asdict(session)
    assert send(session, 2, 3, 5, 8) == outcome
    assert asdict(session) == before


def test_a_repeat_in_another_session_is_no_repeat():
    study = a_study()
    send(playing(study), 1, 0, 3, 3)
    assert send(playing(study, id="s2", at_s=10), 1, 0, 3, 11).credited_ms == 1_000


# ---- clocks ----


def test_a_clock_that_steps_back_stands_still():
    session = playing()
    send(session, 1, 0, 3, 10)
    outcome = send(session, 2, 3, 6, 5)
    assert (outcome.credited_ms, session.bank) == (3_000, Bank(anchored_at=at(10), saved_ms=4_000))
    assert session.batch.reports[-1].received_at == at(10)
    assert send(session, 3, 6, 12, 11).credited_ms == 5_000


def test_a_clock_that_steps_back_ends_no_session_before_its_last_report():
    session = playing()
    send(session, 1, 0, 3, 10)
    session.end(Ending.SUPERSEDED, at(5))
    assert session.ended_at == at(10)


def test_a_clock_that_jumps_a_day_earns_nothing():
    session = an_hour()
    send(session, 1, 0, 15, 15)
    assert send(session, 2, 15, 30, 86_400).refusal is RefusalReason.SILENT


def test_skewed_clocks_of_two_processes_pay_no_time_twice():
    session = an_hour()
    paid = 0
    for number in range(1, 41):  # turn and turn about, the one a second ahead of the other
        ahead = number % 2
        paid += send(session, number, paid / 1000, paid / 1000 + 2, number * 0.1 + ahead).credited_ms
    assert paid <= 5_000


def test_the_bank_counts_whole_milliseconds_and_holds_so_much():
    bank = Bank(anchored_at=at(0), saved_ms=500)
    assert bank.available_ms(at(2), 60_000) == 2_500
    assert bank.available_ms(replace_microseconds(at(2), 1_999), 60_000) == 2_501
    assert bank.available_ms(at(100), 60_000) == 60_000
    bank.spend(1_000, at(2), 60_000)
    assert bank == Bank(anchored_at=at(2), saved_ms=1_500)
    bank.resume(at(9))
    assert bank == Bank(anchored_at=at(9), saved_ms=1_500)
    bank.resume(at(5))
    bank.spend(500, at(5), 60_000)
    assert bank == Bank(anchored_at=at(9), saved_ms=1_000)


def replace_microseconds(moment, microseconds):
    return moment.replace(microsecond=microseconds)


# ---- what is recorded ----


def test_twenty_refusals_of_a_batch_are_listed_and_the_rest_are_counted():
    session = playing()
    for _ in range(25):
        send(session, 9, 0, 3, 3)
    assert (len(session.batch.reports), session.batch.refusals_left_out) == (20, 5)
    session.end(Ending.SUPERSEDED, at(4))
    (event,) = recorded(session, PlaybackRecorded)
    assert (len(event.reports), event.refusals_left_out) == (20, 5)
    assert (session.batch.reports, session.batch.refusals_left_out) == ([], 0)


def test_refusals_do_not_keep_accepted_reports_from_the_log():
    session = playing()
    for _ in range(25):
        send(session, 9, 0, 3, 3)
    send(session, 1, 0, 3, 3)
    assert session.batch.reports[-1].refusal is None


def test_a_batch_is_published_when_its_first_report_is_five_minutes_old():
    session = an_hour()
    for number in range(1, 21):
        send(session, number, 15 * number - 15, 15 * number, 15 * number)
        assert recorded(session, PlaybackRecorded) == []
    send(session, 21, 300, 315, 315)
    (event,) = recorded(session, PlaybackRecorded)
    assert (len(event.reports), event.batch, event.covered_ms) == (21, 1, 315_000)
    assert (session.batch.number, session.batch.anchored_at, session.batch.bank_ms) == (2, at(315), 0)


def test_a_flood_of_reports_is_published_by_the_hundred():
    session = an_hour()
    for _ in range(25):
        send(session, 0, 0, 0, 0)
    for number in range(1, 20_001):
        send(session, number, 0, 0, number / 1000)
    events = recorded(session, PlaybackRecorded)
    assert len(events) == 200
    assert [sum(record.refusal is None for record in event.reports) for event in events] == [100] * 200
    assert session.batch.reports == []


def test_a_report_after_the_end_is_recorded_once_and_at_once():
    session = playing()
    session.end(Ending.SUPERSEDED, at(1))
    for number in (1, 2, 3):
        outcome = send(session, number, 0, 3, 3)
        assert (outcome.refusal, outcome.state) == (RefusalReason.ENDED, SessionState.ENDED)
    (event,) = recorded(session, PlaybackRecorded)
    assert [(record.number, record.refusal) for record in event.reports] == [(1, "ended")]
    assert event.refusals_left_out == 0
    assert session.batch.is_empty


def test_a_report_that_finds_the_session_silent_ends_it_and_is_recorded():
    session = an_hour()
    send(session, 1, 0, 15, 15)
    send(session, 2, 15, 30, 100)
    accepted, ended, late = session.events[-3:]
    assert [record.refusal for record in accepted.reports] == [None]
    assert ended.ending is Ending.SILENT
    assert [(record.number, record.refusal) for record in late.reports] == [(2, "silent")]
    assert (late.batch, late.anchored_at) == (2, at(15))


# ---- the study window (R9) ----


def test_nothing_is_credited_from_the_moment_when_the_window_closes():
    session = playing(a_study(closes_at=at(10)))
    assert send(session, 1, 0, 3, 9.999).credited_ms == 3_000
    outcome = send(session, 2, 3, 6, 10)
    assert (outcome.refusal, outcome.credited_ms) == (RefusalReason.WINDOW_CLOSED, 0)
    (ended,) = recorded(session, SessionEnded)
    assert (ended.ending, ended.ended_at, ended.covered_ms) == (Ending.WINDOW_CLOSED, at(10), 3_000)


@pytest.mark.parametrize(
    ("closes_s", "ending", "ended_s"),
    [(60, Ending.WINDOW_CLOSED, 60), (60.001, Ending.SILENT, 60), (30, Ending.WINDOW_CLOSED, 30)],
)
def test_what_came_first_has_ended_the_session(closes_s, ending, ended_s):
    session = playing(a_study(closes_at=at(closes_s)))
    session.elapse(at(500))
    assert (session.ending, session.ended_at) == (ending, at(ended_s))


def test_a_session_that_awaits_its_check_ends_with_the_window():
    session = a_session(a_study(closes_at=at(100)))
    session.elapse(at(99.999))
    assert session.ending is None
    session.elapse(at(100))
    assert session.ending is Ending.WINDOW_CLOSED


def test_an_extended_window_lets_the_session_go_on_and_never_becomes_shorter():
    session = a_session(a_study(closes_at=at(100)))
    assert session.wake_at == at(100)
    session.extend_window(at(200))
    session.extend_window(at(150))
    assert (session.closes_at, session.wake_at) == (at(200), at(200))


def test_time_wakes_a_session_when_silence_or_the_window_will_have_ended_it():
    session = a_session(a_study(closes_at=at(80)))
    assert session.wake_at == at(80)
    pass_check(session, at_s=10)
    assert session.wake_at == at(70)
    send(session, 1, 0, 3, 13)
    assert session.wake_at == at(73)
    send(session, 2, 3, 6, 21)
    assert session.wake_at == at(80)
    session.end(Ending.SUPERSEDED, at(22))
    assert session.wake_at is None


def test_the_lines_are_those_of_the_policy():
    policy = replace(StudyPolicy(), bank_s=5, silence_s=7, report_period_s=2)
    session = playing(a_study(a_course(a_lesson(duration_ms=60_000)), policy=policy), lease_s=60)
    assert send(session, 1, 0, 10.001, 6).refusal is RefusalReason.TOO_FAST
    assert send(session, 1, 0, 10, 6).credited_ms == 5_000
    assert send(session, 2, 5, 6, 13.001).refusal is RefusalReason.SILENT

"""The rules of learning and of cheating together: whether what players do makes a case (R23, R26)."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.domain.conduct import Conduct
from services.enrollment.domain.records import record_of
from services.learning.domain import Report, SessionState
from services.learning.tests.builders import NOON, an_hour, published
from shared.events.enrollment import CaseOpened
from shared.events.learning import Ending, PlaybackRecorded

PERIOD, HOUR = 15.0, 2_700.0
POLICY = CheatingPolicy()


class Seat:
    """One session of 45 minutes; what it answers is all that its player knows."""

    def __init__(self, chance):
        self.session, self.chance, self.now_s, self.position_ms, self.number = an_hour(), chance, 0.0, 0, 1

    def send(self, report):
        """A report arrives now; its answer may be lost."""
        return self.session.report(report, NOON + timedelta(seconds=self.now_s))

    def claim(self, to_ms, from_ms=None, rate=1.0):
        """Report what was played since the position that the server has named."""
        from_ms = self.position_ms if from_ms is None else from_ms
        report = Report(number=self.number, from_ms=from_ms, to_ms=min(to_ms, 2_700_000), rate=rate)
        outcome = self.send(report)
        self.position_ms, self.number = outcome.position_ms, outcome.next_report
        return report

    def recorded(self):
        """What the log has of it in the end."""
        self.session.end(Ending.SUPERSEDED, NOON + timedelta(seconds=self.now_s))
        return [event for event in self.session.events if isinstance(event, PlaybackRecorded)]


def honest(chance):
    """A browser on a train: jitter, gaps, lost answers, a second tab that was forgotten, a reload."""
    seat, played_ms, old = Seat(chance), 0, None
    while seat.session.state is SessionState.PLAYING and seat.now_s < HOUR:
        step = PERIOD + chance.choice([0, 0, 0, chance.uniform(0, 4), chance.uniform(0, 40)])
        seat.now_s, played_ms = seat.now_s + step, played_ms + round(step * 1000)
        sent = seat.claim(played_ms)
        played_ms = max(seat.position_ms, played_ms if seat.session.ending is None else 0)
        if chance.random() < 0.05:
            seat.send(sent)  # the answer was lost
        if old and chance.random() < 0.2:
            seat.send(old)  # the forgotten tab
        old = old or sent
        if chance.random() < 0.02:
            played_ms = seat.position_ms  # reloaded: it goes on where the server says
    return seat.recorded()


def seeking_ahead(chance):
    return _bot(chance, lambda seat: seat.claim(seat.position_ms + 75_000, from_ms=seat.position_ms + 60_000))


def too_fast(chance):
    return _bot(chance, lambda seat: seat.claim(seat.position_ms + 300_000))


def at_double_speed(chance):
    return _bot(chance, lambda seat: seat.claim(seat.position_ms + 15_000, rate=2.0))


def _bot(chance, cheat):
    seat = Seat(chance)
    for _ in range(60):
        seat.now_s += PERIOD
        cheat(seat) if chance.random() < 0.5 else seat.claim(seat.position_ms + 15_000)
    return seat.recorded()


def cases_after(player, chance, sessions):
    conduct = None
    for number in range(sessions):
        for event in player(chance):
            sent = published(replace(event, session_id=f"s{number}"))
            time = NOON + timedelta(hours=4 * number)
            record = record_of(replace(sent, meta=replace(sent.published, time=time)))
            conduct = conduct or Conduct.of(record)
            conduct.note(record, POLICY)
    return [event for event in conduct.events if isinstance(event, CaseOpened)]


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2**32))
def test_a_month_of_honest_sessions_makes_no_case(seed):
    assert cases_after(honest, random.Random(seed), sessions=120) == []


@pytest.mark.parametrize("player", [seeking_ahead, too_fast, at_double_speed])
@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2**32))
def test_a_bot_makes_a_case_before_it_has_been_through_a_course(player, seed):
    assert len(cases_after(player, random.Random(seed), sessions=40)) == 1


def test_a_bot_that_does_nothing_but_cheat_is_ended_by_silence_again_and_again_and_makes_a_case():
    def only_cheating(chance):
        seat = Seat(chance)
        for _ in range(10):
            seat.now_s += PERIOD
            seat.claim(seat.position_ms + 75_000, from_ms=seat.position_ms + 60_000)
        return seat.recorded()

    assert len(cases_after(only_cheating, random.Random(1), sessions=40)) == 1

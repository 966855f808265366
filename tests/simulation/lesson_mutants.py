"""Likely bugs of learning and proctor, planted into the running code; the simulation must find each one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

from services.learning.application import face_checks, playback
from services.learning.application.playback import Entry, Playback
from services.learning.domain import Learner, PassedCheck, PlaySession, Report, Turn, event_factory
from services.learning.domain.bank import Bank
from services.learning.domain.progress import LessonProgress
from services.learning.storage import PlaySessions
from services.proctor.application import sessions
from services.proctor.domain import ProctoredSession
from services.proctor.domain import event_factory as proctor_events
from services.proctor.domain.check import CheckState
from services.proctor.storage import ProctoredSessions
from shared.domain.errors import NotFound
from shared.events.learning import CheckDue, Ending, LessonEntered, SessionEnded
from shared.events.proctor import FaceCheckPassed, Moment, ScheduleDrawn
from tests.simulation import lessons
from tests.simulation.leases import OPENER, SEEDS
from tests.simulation.town import HANDLERS, Town

Plant = Callable[[], AbstractContextManager[Any]]
_pass_check, _refusal_of = PlaySession.pass_check, PlaySession._refusal_of
_accept, _end = PlaySession._accept, PlaySession._end
_absorb, _take_turn = LessonProgress.absorb, Learner.take_turn
_lesson_entered, _schedule_revealed = event_factory.lesson_entered, proctor_events.schedule_revealed


def _do_nothing(*_: Any) -> None:
    """Not done at all."""


# ---- entering and ending ----


def _begin_first(self: Playback, entry: Entry, now: datetime) -> PlaySession:
    """The new session begins, then the one before ends."""
    learner = self.learners.of(entry.person_id)
    before = self._going_on(learner.turn, now)
    if before and playback._continues(before, entry):
        return before
    session = self._begin(entry, learner.turn, now)
    if learner.turn:
        self._give_way(learner.turn, entry.person_id, now)
    return session


def _end_what_is_there(
    self: PlaySessions, turn: Turn, ending: Ending, person_id: str, now: datetime
) -> PlaySession:
    """A session that was never created is forgotten, and may still be."""
    try:
        return self.update_and_get(turn.session_id, lambda session: session.end(ending, now))
    except NotFound:
        return PlaySession.never_began(turn, ending, person_id=person_id, now=now)


def _take_any_turn(self: Learner, turn_before: Turn | None, *rest: Any) -> Turn:
    """The turn passes on although somebody else has taken one meanwhile."""
    return _take_turn(self, self.turn, *rest)


def _give_way_without_study(self: Playback, turn: Turn, person_id: str, now: datetime) -> None:
    self.sessions.end(turn, Ending.SUPERSEDED, person_id, now)


def _end_without_batch(self: PlaySession, *arguments: Any) -> None:
    with patch.object(PlaySession, "_publish_batch", _do_nothing):
        _end(self, *arguments)


def _absorb_again(self: LessonProgress, covered_ms: int, checks: Any) -> None:
    """Settled once more, a session brings a little more."""
    is_repeat = covered_ms <= self.covered_ms
    _absorb(self, covered_ms, checks)
    self.covered_ms = min(self.covered_ms + is_repeat, self.duration_ms)


# ---- lease and time ----


def _pass_without_lease(self: PlaySession, check: Any, **more: Any) -> None:
    _pass_check(self, check, **more | {"lease_ms": self.duration_ms})


def _take_any_lease(town: Town, check: FaceCheckPassed) -> None:
    """Whoever it was sealed for."""
    lease = OPENER.open(check.lease or "")
    passed = PassedCheck(check_id=check.check_id, moment=check.moment)
    town[PlaySessions].update(
        check.session_id,
        lambda session: session.pass_check(
            passed, lease_ms=lease.until_ms, passed_at=check.published.time, now=town.clock()
        ),
        because=check,
    )


def _lease_to_the_end(self: ProctoredSession, passed: Any, seed: bytes) -> int:
    return self.duration_ms


def _available_without_cap(self: Bank, now: datetime, capacity_ms: int) -> int:
    return self.saved_ms + self.since_anchor_ms(now)


def _bank_goes_on(self: Bank, now: datetime) -> None:
    """Time is banked while a check is pending, as if the video played."""
    self.spend(0, now, lessons.POLICY.bank_s * 1000)


def _pay_twice(self: PlaySession, report: Report, as_sent: Report, now: datetime) -> Any:
    """What was spent stays in the bank."""
    with patch.object(Bank, "spend", _do_nothing):
        return _accept(self, report, as_sent, now)


def _ignore_number(self: PlaySession, report: Report, now: datetime) -> Any:
    return _refusal_of(self, replace(report, number=self.reports + 1), now)


# ---- draw and checks ----


def _mix_each_time(town: Town, drawn: ScheduleDrawn) -> None:
    """A value for each copy of the event."""

    def mix(session: PlaySession) -> None:
        session.mixed = False
        session.mix(drawn.seed_hash, face_checks.draw_value())

    town[PlaySessions].update(drawn.session_id, mix)


def _enter_a_little_earlier(session: Any, turn: int) -> LessonEntered:
    """Proctor is told of too little video, so that the draw is another one."""
    return replace(_lesson_entered(session, turn), covered_ms=max(0, session.covered_ms - 1))


def _request_each_time(town: Town, due: CheckDue) -> None:
    """A check for each copy of the event."""

    def request(session: ProctoredSession) -> None:
        if session.checks[-1].moment is Moment.UNFORESEEN:
            session._request(session.checks[-1], town.clock())
        else:
            session.request_unforeseen(due.covered_ms, SEEDS.unseal(session), town.clock())

    town[ProctoredSessions].update(due.session_id, request)


def _request_at_once(town: Town, entered: LessonEntered) -> None:
    """The start check does not wait for learning's value."""
    sessions.begin(town[ProctoredSessions], SEEDS, entered, town.clock())

    def request(session: ProctoredSession) -> None:
        if not session.checks and not session.over:
            session._request(session._add(Moment.START, CheckState.REQUESTED), town.clock())

    town[ProctoredSessions].update(entered.session_id, request)


def _reveal_another(session: Any, seed: bytes, unforeseen_at_ms: int | None) -> Any:
    return _schedule_revealed(session, bytes(len(seed)), unforeseen_at_ms)


def _by_clock(self: ProctoredSessions, person_id: str) -> Any:
    """What was entered later is what the clock of learning's server says."""
    if newest := self.first(order="-entered_at", person_id=person_id):
        yield from self.each(over=False, person_id=person_id, entered_at={"$lt": newest.entered_at})


def _in(kind: type, name: str, planted: Any) -> Plant:
    return lambda: patch.object(kind, name, planted)


def _handled_by(service: str, event: type, planted: Any) -> Plant:
    return lambda: patch.dict(HANDLERS[service], {event: planted})


LESSON_MUTANTS: dict[str, Plant] = {
    "session begins before the other ends": _in(Playback, "enter", _begin_first),
    "session that never began may still begin": _in(PlaySessions, "end", _end_what_is_there),
    "turn taken from anybody": _in(Learner, "take_turn", _take_any_turn),
    "next session begins before the study knows": _in(Playback, "_give_way", _give_way_without_study),
    "last batch lost": _in(PlaySession, "_end", _end_without_batch),
    "settled twice": _in(LessonProgress, "absorb", _absorb_again),
    "never settled": _handled_by("learning", SessionEnded, _do_nothing),
    "lease ignored by learning": _in(PlaySession, "pass_check", _pass_without_lease),
    "lease of another check accepted": _handled_by("learning", FaceCheckPassed, _take_any_lease),
    "lease to the end at once": _in(ProctoredSession, "_lease_until", _lease_to_the_end),
    "bank without a cap": _in(Bank, "available_ms", _available_without_cap),
    "time banked while a check is pending": _in(Bank, "resume", _bank_goes_on),
    "time paid twice": _in(PlaySession, "_accept", _pay_twice),
    "silence ignored": _in(PlaySession, "elapse", _do_nothing),
    "number of a report ignored": _in(PlaySession, "_refusal_of", _ignore_number),
    "draw answered twice": _handled_by("learning", ScheduleDrawn, _mix_each_time),
    "draw with other figures": lambda: patch.object(event_factory, "lesson_entered", _enter_a_little_earlier),
    "check requested twice": _handled_by("proctor", CheckDue, _request_each_time),
    "check requested before the draw is mixed": _handled_by("proctor", LessonEntered, _request_at_once),
    "missed check asked for ever": _in(ProctoredSession, "elapse", _do_nothing),
    "end of a session ignored": _handled_by("proctor", SessionEnded, _do_nothing),
    "sessions ordered by clocks": _in(ProctoredSessions, "superseded", _by_clock),
    "another seed revealed": lambda: patch.object(proctor_events, "schedule_revealed", _reveal_another),
}

"""播放: entering a lesson, and reports that earn credit (R17, R23).

**One session a learner.** A session is created only after the one before it, in whatever enrolment, has ended
in the database. Three writes, each conditional, and safe to break off after any of them:

1. The session that has the turn ends. If its process died before it was created, an ended one is stored
   in its place: then creating it fails.
2. The learner's turn passes on, unless it has changed since it was read.
3. The new session is created.

So a report needs no look at the turn: its write fails when its session has ended meanwhile, and what the next
session spends began when its start check was passed, which was later.

**The study** takes over what a session has earned when the session has ended: here, before the next one
begins where it stopped, and again when `SessionEnded` arrives, for a process that died in between.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from services.learning.domain import PlaySession, Report, ReportOutcome, SessionState, Study, Turn
from services.learning.domain.access import owned_by, played_by
from services.learning.domain.errors import EnteredElsewhere, PlayingElsewhere
from services.learning.domain.refusals import refusal_of
from services.learning.storage import Learners, PlaySessions, Studies
from shared.domain.clock import Clock
from shared.events.enrollment import WindowExtended
from shared.events.learning import Ending, SessionEnded
from shared.persistence.repository import AlreadyExists


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Who enters which lesson, from which login; `take_over` ends a session of another login."""

    person_id: str
    login_id: str
    enrollment_id: str
    lesson_id: str
    take_over: bool


@dataclass(frozen=True, kw_only=True)
class Playback:
    """What a learner does at the player. `now`: when the request came, taken before anything is read."""

    studies: Studies
    learners: Learners
    sessions: PlaySessions

    def enter(self, entry: Entry, now: datetime) -> PlaySession:
        """进入课程 → a session that awaits its start check (R17); a reload finds the one that goes on.

        Raises NotFound, IdentityUnverified (R16), StudyClosed (R5), StudyExpired (R9), StudyDone, LessonDone,
        PlayingElsewhere, EnteredElsewhere, EnteredTooOften.
        """
        study = self.studies.get(entry.enrollment_id, authorise=owned_by(entry.person_id))
        learner = self.learners.of(entry.person_id)
        learner.check_may_learn(entry.enrollment_id)
        study.check_may_enter(entry.lesson_id, now)
        before = self._going_on(learner.turn, now)
        if before and _continues(before, entry):
            return before
        if before and before.login_id != entry.login_id and not entry.take_over:
            raise PlayingElsewhere(since=before.entered_at, lesson_id=before.lesson_id)
        learner.check_may_begin(entry.enrollment_id, now)
        if learner.turn:
            self._give_way(learner.turn, entry.person_id, now)
            self.studies.get(entry.enrollment_id).check_may_enter(entry.lesson_id, now)
        return self._begin(entry, learner.turn, now)

    async def report(
        self, enrollment_id: str, session_id: str, report: Report, *, person_id: str, now: datetime
    ) -> ReportOutcome:
        """进度报告 → what it earned (R23). One read and one write, with all reports that come meanwhile.

        Raises NotFound, and ReportRefused once the refusal is recorded.
        """
        outcome = await self.sessions.update_together(
            session_id,
            lambda session: session.report(report, now),
            authorise=played_by(person_id, enrollment_id),
        )
        if outcome.refusal:
            raise refusal_of(outcome)
        return outcome

    def show(self, enrollment_id: str, session_id: str, *, person_id: str) -> PlaySession:
        """A session of the person. Raises NotFound."""
        return self.sessions.get(session_id, authorise=played_by(person_id, enrollment_id))

    def now_playing(self, person_id: str, now: datetime) -> PlaySession | None:
        """Whose turn it is: the session that goes on, on whatever device; None when none does."""
        return self._going_on(self.learners.of(person_id).turn, now)

    def _going_on(self, turn: Turn | None, now: datetime) -> PlaySession | None:
        session = self.sessions.of_turn(turn)
        if session:
            session.elapse(now)
        return session if session and session.state is not SessionState.ENDED else None

    def _give_way(self, turn: Turn, person_id: str, now: datetime) -> None:
        """The session that has the turn ends, and its study takes over what it has earned."""
        ended = self.sessions.end(turn, Ending.SUPERSEDED, person_id, now)
        if ended.began:
            self.studies.update(ended.enrollment_id, lambda study: study.absorb(ended, now))

    def _begin(self, entry: Entry, turn_before: Turn | None, now: datetime) -> PlaySession:
        session_id = secrets.token_hex(16)
        turn = self.learners.update(
            entry.person_id,
            lambda learner: learner.take_turn(turn_before, entry.enrollment_id, session_id, now),
        )
        study = self.studies.update_and_get(
            entry.enrollment_id,
            lambda study: study.enter(entry.lesson_id, now),
            authorise=owned_by(entry.person_id),
        )
        try:
            session = self.sessions.add(_session(study, turn, entry, now))
        except AlreadyExists as error:  # a later turn has ended it before it began
            raise EnteredElsewhere() from error
        return self._in_its_window(session)

    def _in_its_window(self, session: PlaySession) -> PlaySession:
        """An extension that came since the study was read has found no session yet (R9)."""
        closes_at = self.studies.get(session.enrollment_id).closes_at
        if closes_at == session.closes_at:
            return session
        return self.sessions.update_and_get(session.id, lambda session: session.extend_window(closes_at))


def settle(studies: Studies, sessions: PlaySessions, ended: SessionEnded, clock: Clock) -> None:
    """播放结束 → the study takes over what the session has earned (R25). Raises NotFound."""
    session = sessions.get(ended.session_id)
    studies.update(ended.enrollment_id, lambda study: study.absorb(session, clock()), because=ended)


def pass_time(sessions: PlaySessions, clock: Clock) -> None:
    """Sessions that silence or the end of the study window has ended (R9, R23)."""
    for session in sessions.waking(clock()):
        sessions.update(session.id, lambda session: session.elapse(clock()))


def stop(
    learners: Learners, sessions: PlaySessions, person_id: str, enrollment_id: str, now: datetime
) -> None:
    """停止学习: the session that goes on in an enrolment which may earn nothing more ends (R5, R26).

    One that is about to be created, from a turn taken before, never will be.
    """
    turn = learners.of(person_id).turn
    if turn and turn.enrollment_id == enrollment_id:
        sessions.end(turn, Ending.STOPPED, person_id, now)


def extend_window(learners: Learners, sessions: PlaySessions, extended: WindowExtended) -> None:
    """学习期顺延: the session that goes on goes on for longer (R9). Again, it changes nothing."""
    session = sessions.of_turn(learners.of(extended.person_id).turn)
    if session and session.enrollment_id == extended.enrollment_id:
        sessions.update(session.id, lambda session: session.extend_window(extended.closes_at))


def _continues(before: PlaySession, entry: Entry) -> bool:
    same = (before.login_id, before.enrollment_id, before.lesson_id)
    return same == (entry.login_id, entry.enrollment_id, entry.lesson_id)


def _session(study: Study, turn: Turn, entry: Entry, now: datetime) -> PlaySession:
    return PlaySession.begin(
        turn,
        study.lesson(entry.lesson_id),
        person_id=entry.person_id,
        login_id=entry.login_id,
        closes_at=study.closes_at,
        policy=study.policy,
        now=now,
    )

"""播放记录: the play sessions of one study, of which at most one is live (R23)."""

from dataclasses import dataclass, field
from enum import StrEnum

from services.learning.domain.errors import SessionOver
from services.learning.domain.play_session import PlaySession
from services.learning.domain.playback import SessionState
from shared.domain.errors import NotFound


class Ending(StrEnum):
    """How a session ended."""

    SUPERSEDED = "superseded"  # the learner entered a lesson elsewhere (R23)
    PAUSED = "paused"  # a face check failed (R18)
    COMPLETED = "completed"  # the lesson is complete (R24)


@dataclass(kw_only=True)
class PastSession:
    """What is kept of a session that has ended."""

    lesson_id: str
    ending: Ending
    reports: int  # number of the last report taken
    late_report_recorded: bool = False  # the first report after it was superseded


@dataclass(kw_only=True)
class Sessions:
    """The live session, if any, and those that have ended, by id."""

    live: PlaySession | None = None
    past: dict[str, PastSession] = field(default_factory=dict)

    def begin(self, session: PlaySession) -> None:
        """The session before ends. Raises SessionOver when a later turn has begun here already."""
        if self.live and self.live.turn > session.turn:
            raise SessionOver()
        self.end(Ending.SUPERSEDED)
        self.live = session

    def end(self, ending: Ending) -> None:
        """End the live session, if any."""
        if self.live:
            session, self.live = self.live, None
            self.past[session.id] = PastSession(
                lesson_id=session.lesson_id, ending=ending, reports=session.reports
            )

    def find_live(self, id: str) -> PlaySession | None:
        """The session, while it is live."""
        return self.live if self.live and self.live.id == id else None

    def playing(self, id: str) -> PlaySession:
        """Raises SessionOver, CheckPending."""
        session = self.find_live(id)
        if session is None:
            raise SessionOver()
        session.check_playing()
        return session

    def lesson_of(self, id: str) -> str:
        """The lesson of a live or past session. Raises NotFound."""
        session = self.find_live(id) or self.past.get(id)
        if session is None:
            raise NotFound(what="Session")
        return session.lesson_id

    def state_of(self, id: str) -> SessionState:
        """The state of a live or past session."""
        if session := self.find_live(id):
            return session.state
        return SessionState.PAUSED if self.past[id].ending is Ending.PAUSED else SessionState.ENDED

    def reports_of(self, id: str) -> int:
        """The number of its last report."""
        return (self.find_live(id) or self.past[id]).reports

    def position_in(self, id: str, resume_ms: int) -> int:
        """Where its player is to play from; `resume_ms` once it has ended."""
        session = self.find_live(id)
        return session.position_ms if session else resume_ms

    def refuse_once(self, id: str) -> None:
        """Let the first report of a superseded session be recorded. Raises SessionOver for any other."""
        past = self.past[id]
        if past.ending is not Ending.SUPERSEDED or past.late_report_recorded:
            raise SessionOver()
        past.late_report_recorded = True

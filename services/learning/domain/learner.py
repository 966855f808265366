"""学员: what holds for a person in all enrolments: verified or not, and whose turn it is to play.

**Verified** is kept here and nowhere else. A study does not copy it, so it does not matter whether
IdentityVerified or LearningOpened arrives first (R16).

**One session at a time** (R23) holds for the person, across enrolments: entering a lesson takes the turn,
and a report counts only for the session that has it. `application.playback` says why the turn here and the
session in its study need no transaction.
"""

from dataclasses import dataclass, field

from services.learning.domain.errors import IdentityUnverified, StudyClosed
from shared.domain.aggregate import Aggregate


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The one session that may earn credit; numbers grow with each turn of the person."""

    number: int
    enrollment_id: str
    session_id: str


@dataclass(kw_only=True)
class Learner(Aggregate):
    """学员: id is the person's."""

    verified: bool = False
    withdrawn: list[str] = field(default_factory=list)  # enrolments that were withdrawn
    turn: Turn | None = None

    def verify(self) -> None:
        """实名认证 → lessons may be entered (R16)."""
        self.verified = True

    def withdraw(self, enrollment_id: str) -> None:
        """本人强制办结 → nothing more is earned in this enrolment (R5)."""
        if enrollment_id not in self.withdrawn:
            self.withdrawn.append(enrollment_id)

    def check_may_learn(self, enrollment_id: str) -> None:
        """Raises IdentityUnverified (R16), StudyClosed (R5)."""
        if not self.verified:
            raise IdentityUnverified()
        if enrollment_id in self.withdrawn:
            raise StudyClosed()

    def take_turn(self, enrollment_id: str, session_id: str) -> tuple[Turn | None, Turn]:
        """进入课程 → whose turn it was, and this session's. Raises as `check_may_learn`."""
        self.check_may_learn(enrollment_id)
        before = self.turn
        number = before.number + 1 if before else 1
        self.turn = Turn(number=number, enrollment_id=enrollment_id, session_id=session_id)
        return before, self.turn

    def has_turn(self, session_id: str) -> bool:
        """Whether reports of this session may earn credit."""
        turn = self.turn
        return turn is not None and turn.session_id == session_id and turn.enrollment_id not in self.withdrawn

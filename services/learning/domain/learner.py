"""学员: what holds for a person in all enrolments: verified or not, and whose turn it is to play.

**Verified** is kept here and nowhere else. A study does not copy it, so it does not matter whether
IdentityVerified or LearningOpened arrives first (R16).

**One session at a time** (R23) holds for the person, across enrolments: entering a lesson takes the turn from
the session that had it. `application.playback` says why reports need not look at it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.learning.domain.errors import (
    EnteredElsewhere,
    EnteredTooOften,
    IdentityUnverified,
    StudyBarred,
    StudyClosed,
    StudySuspended,
)
from services.learning.domain.tally import Limit, Tally
from shared.domain.aggregate import Aggregate

MAX_ENTRIES = 60  # sessions that a person may begin in an hour; each asks for a face check
ENTRIES = Limit(most=MAX_ENTRIES, period=timedelta(hours=1))


class StopReason(StrEnum):
    """停学原因: why nothing is earned in an enrolment (R26)."""

    SUSPENDED = "suspended"  # 暂停学习: a case is open
    BARRED = "barred"  # 除名


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The one session that may earn credit; numbers grow with each turn of the person."""

    number: int
    enrollment_id: str
    session_id: str


@dataclass(frozen=True, kw_only=True)
class Stop:
    """暂停或除名 of an enrolment; none while `reason` is None. `sequence`: of the enrolment's event (R26)."""

    sequence: int
    reason: StopReason | None


@dataclass(kw_only=True)
class Learner(Aggregate):
    """学员: id is the person's."""

    verified: bool = False
    withdrawn: list[str] = field(default_factory=list)  # enrolments that were withdrawn
    stopped: dict[str, Stop] = field(default_factory=dict)  # by enrolment
    turn: Turn | None = None
    entries: Tally = field(default_factory=Tally)

    def verify(self) -> None:
        """实名认证 → lessons may be entered (R16)."""
        self.verified = True

    def withdraw(self, enrollment_id: str) -> None:
        """本人强制办结 → nothing more is earned in this enrolment (R5)."""
        if enrollment_id not in self.withdrawn:
            self.withdrawn.append(enrollment_id)

    def stop(self, enrollment_id: str, stop: Stop) -> None:
        """暂停, 除名, 恢复: the newest holds, in whatever order they come (R26)."""
        known = self.stopped.get(enrollment_id)
        if known is None or stop.sequence > known.sequence:
            self.stopped[enrollment_id] = stop

    def is_stopped(self, enrollment_id: str) -> bool:
        """Whether it is suspended or barred now (R26)."""
        stop = self.stopped.get(enrollment_id)
        return stop is not None and stop.reason is not None

    def check_may_learn(self, enrollment_id: str) -> None:
        """Raises IdentityUnverified (R16), StudyClosed (R5), StudySuspended, StudyBarred (R26)."""
        if not self.verified:
            raise IdentityUnverified()
        if enrollment_id in self.withdrawn:
            raise StudyClosed()
        stop = self.stopped.get(enrollment_id)
        if stop and stop.reason is StopReason.SUSPENDED:
            raise StudySuspended()
        if stop and stop.reason is StopReason.BARRED:
            raise StudyBarred()

    def check_may_begin(self, enrollment_id: str, now: datetime) -> None:
        """Whether a new session may begin. Raises as `check_may_learn`, and EnteredTooOften."""
        self.check_may_learn(enrollment_id)
        if wait_s := self.entries.wait_s(ENTRIES, now):
            raise EnteredTooOften(most=ENTRIES.most, retry_after_s=wait_s)

    def take_turn(self, turn_before: Turn | None, enrollment_id: str, session_id: str, now: datetime) -> Turn:
        """进入课程 → this session's turn, after that of a session that has ended.

        Raises as `check_may_begin`; EnteredElsewhere when somebody else has taken a turn in the meantime.
        """
        self.check_may_begin(enrollment_id, now)
        if self.turn != turn_before:
            raise EnteredElsewhere()
        self.entries.add(ENTRIES, now)
        number = self.turn.number + 1 if self.turn else 1
        self.turn = Turn(number=number, enrollment_id=enrollment_id, session_id=session_id)
        return self.turn

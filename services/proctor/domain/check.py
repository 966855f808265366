"""One face check of a session (R17, R18)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from services.proctor.domain.ids import join_id
from shared.domain.errors import DomainError, ErrorKind
from shared.events.learning import LessonEntered
from shared.events.proctor import Moment

MAX_FRAMES = 3  # pictures that may be sent for one check when they cannot be judged
MAX_FRAME_BYTES = 1_000_000


class CheckState(StrEnum):
    """核验状态."""

    COOLING = "cooling"  # requested once the cool-down is over
    REQUESTED = "requested"
    EXAMINING = "examining"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"  # the session ended before it was answered


class CheckClosed(DomainError):
    """核验已结束: too late, answered already, or the session is over."""

    code = "check.closed"
    kind = ErrorKind.CONFLICT
    message = "This face check takes no answer any more: {reason} 本次核验已结束."


class CheckNotOpen(DomainError):
    """核验尚未开始: the cool-down after failed checks is not over (R18)."""

    code = "check.cooling"
    kind = ErrorKind.CONFLICT
    message = "Face checks are taken again from {opens_at} 请在冷却时间后再试."


class CheckExamining(DomainError):
    """正在核验: the frame before is being examined."""

    code = "check.examining"
    kind = ErrorKind.CONFLICT
    message = "The frame sent before is being examined 上一张画面正在核验."


@dataclass(frozen=True, kw_only=True)
class CheckPolicy:
    """⚙ of R18, from the plan."""

    deadline_s: int
    attempts: int  # failed checks in a row before a cool-down, at least 1
    cooldown_s: int

    @classmethod
    def of_entry(cls, entered: LessonEntered) -> Self:
        """That of the plan by which the lesson was entered, which may say 0 attempts."""
        return cls(
            deadline_s=entered.check_deadline_s,
            attempts=max(1, entered.check_attempts),
            cooldown_s=entered.cooldown_s,
        )


@dataclass(kw_only=True)
class Check:
    """人脸核验: asked at a moment, answered with a frame until the deadline."""

    id: str
    moment: Moment
    state: CheckState
    opens_at: datetime | None = None  # of a cooling one
    deadline: datetime | None = None
    frame_keys: list[str] = field(default_factory=list)
    reason: str | None = None  # why it failed, or why another frame is wanted
    concluded_at: datetime | None = None

    @property
    def job_id(self) -> str:
        """Of the job that examines the frame sent last."""
        return join_id(self.id, str(len(self.frame_keys)))

    @property
    def wakes_at(self) -> datetime | None:
        """When time alone changes it."""
        if self.state is CheckState.COOLING:
            return self.opens_at
        return self.deadline if self.state is CheckState.REQUESTED else None

    def request(self, deadline_s: int, now: datetime) -> datetime:
        """发起: the deadline."""
        self.state, self.deadline = CheckState.REQUESTED, now + timedelta(seconds=deadline_s)
        return self.deadline

    def take(self, frame_key: str, now: datetime) -> None:
        """Raises CheckNotOpen, CheckExamining, CheckClosed."""
        self.check_open(now)
        self.state, self.reason = CheckState.EXAMINING, None
        self.frame_keys.append(frame_key)

    def check_open(self, now: datetime) -> None:
        """Raises CheckNotOpen, CheckExamining, CheckClosed."""
        if self.state is CheckState.COOLING:
            raise CheckNotOpen(opens_at=self.opens_at)
        if self.state is CheckState.EXAMINING:
            raise CheckExamining()
        if self.state is not CheckState.REQUESTED:
            raise CheckClosed(reason=self.state.value)
        if self.missed(now):
            raise CheckClosed(reason="missed")

    def missed(self, now: datetime) -> bool:
        """The deadline passed without an answer."""
        return self.state is CheckState.REQUESTED and self.deadline is not None and now > self.deadline

    def may_retake(self, now: datetime) -> bool:
        """Whether a picture that could not be judged may be followed by another."""
        in_time = self.deadline is not None and now <= self.deadline
        return in_time and len(self.frame_keys) < MAX_FRAMES

    def conclude(self, state: CheckState, reason: str | None, now: datetime) -> None:
        """结论."""
        self.state, self.reason, self.concluded_at = state, reason, now

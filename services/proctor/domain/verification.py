"""One attempt to prove that a live learner is the declared person (R16)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.errors import DomainError, ErrorKind

MAX_PHOTO_BYTES = 5_000_000  # of the frontal photo
MAX_FRAME_BYTES = 400_000
NEUTRAL_FRAMES = 5  # shown before the first prompt: the learner's own baseline
MIN_FRAMES_PER_PROMPT, MAX_FRAMES_PER_PROMPT = 4, 12  # from rest to rest
PROMPTS = 3
ABANDONED = timedelta(minutes=10)  # an examination without an answer blocks no longer than this


class Prompt(StrEnum):
    """What a learner can be asked to do; left and right are the learner's own."""

    BLINK = "blink"  # 眨眼
    TURN_LEFT = "turn_left"  # 向左转头
    TURN_RIGHT = "turn_right"  # 向右转头
    NOD = "nod"  # 点头
    OPEN_MOUTH = "open_mouth"  # 张嘴


class VerificationState(StrEnum):
    """认证状态."""

    WAITING_FRAMES = "waiting_frames"
    EXAMINING = "examining"
    VERIFIED = "verified"
    REFUSED = "refused"


class VerificationClosed(DomainError):
    """认证已结束: expired, replaced or answered; begin a new one."""

    code = "verification.closed"
    kind = ErrorKind.CONFLICT
    message = "This verification takes no frames any more ({reason}); begin a new one 请重新开始认证."


class TooManyAttempts(DomainError):
    """认证次数过多."""

    code = "verification.too_many"
    kind = ErrorKind.TOO_MANY
    message = "Too many attempts; try again in {retry_after_s} s 认证次数过多, 请稍后再试."


class WrongFrameCount(DomainError):
    """画面数量不符."""

    code = "frames.wrong_count"
    message = "{measured} frames came, from {least} to {most} are needed 画面数量不符."


@dataclass(kw_only=True)
class Verification:
    """实名认证: prompts nobody could foresee, and what became of them."""

    id: str
    prompts: list[Prompt]
    begun_at: datetime
    expires_at: datetime  # frames count until then
    state: VerificationState = VerificationState.WAITING_FRAMES
    reason: str | None = None
    object_keys: list[str] = field(default_factory=list)  # the frontal photo, then the frames in order

    def state_at(self, now: datetime) -> VerificationState:
        """The state, with one that has run out being refused."""
        return VerificationState.REFUSED if self.expired(now) else self.state

    def reason_at(self, now: datetime) -> str | None:
        """Why it is refused."""
        return "expired" if self.expired(now) else self.reason

    def expired(self, now: datetime) -> bool:
        """No frames came in time."""
        return self.state is VerificationState.WAITING_FRAMES and now > self.expires_at

    def busy(self, now: datetime) -> bool:
        """The worker is at it."""
        return self.state is VerificationState.EXAMINING and now < self.begun_at + ABANDONED

    def check_takes(self, count: int, now: datetime) -> None:
        """Raises VerificationClosed, WrongFrameCount."""
        if self.state_at(now) is not VerificationState.WAITING_FRAMES:
            raise VerificationClosed(reason=self.reason_at(now) or self.state.value)
        least = NEUTRAL_FRAMES + len(self.prompts) * MIN_FRAMES_PER_PROMPT
        most = (1 + len(self.prompts)) * MAX_FRAMES_PER_PROMPT
        if not least <= count <= most:
            raise WrongFrameCount(measured=count, least=least, most=most)

    def take(self, frame_keys: list[str], now: datetime) -> None:
        """The frames, once; from now on the worker is at it. Raises as `check_takes`."""
        self.check_takes(len(frame_keys), now)
        self.state = VerificationState.EXAMINING
        self.object_keys = [*self.object_keys[:1], *frame_keys]

    def end(self, reason: str) -> None:
        """Not to be continued; a concluded one stays as it is."""
        if self.state in (VerificationState.WAITING_FRAMES, VerificationState.EXAMINING):
            self.state, self.reason = VerificationState.REFUSED, reason


@dataclass(frozen=True, kw_only=True)
class VerificationPolicy:
    """⚙ How long an attempt lasts, and how many there may be in a window, in seconds."""

    seconds: int = 180
    attempts: int = 5
    window_seconds: int = 3_600

    def check_attempts(self, begun_at: Sequence[datetime], now: datetime) -> None:
        """`begun_at`: earlier attempts, oldest first. Raises TooManyAttempts."""
        window = timedelta(seconds=self.window_seconds)
        recent = [begun for begun in begun_at if begun > now - window]
        if len(recent) >= self.attempts:
            wait = recent[-self.attempts] + window - now
            raise TooManyAttempts(retry_after_s=int(wait.total_seconds()) + 1)


def draw_prompts() -> list[Prompt]:
    """Three different prompts in random order, from the system's source of randomness."""
    return secrets.SystemRandom().sample(list(Prompt), PROMPTS)

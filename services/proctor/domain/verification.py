"""One attempt to prove that a live learner is the declared person (R16)."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

NEUTRAL_FRAMES = 5  # shown before the first prompt: the learner's own baseline
LEAST_PER_PROMPT, FRAMES_PER_PROMPT = 4, 12  # from rest to rest
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


@dataclass(frozen=True, kw_only=True)
class VerificationPolicy:
    """⚙ How long an attempt lasts, and how many there may be in a window, in seconds."""

    seconds: int = 180
    attempts: int = 5
    window_seconds: int = 3_600


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

    def end(self, reason: str) -> None:
        """Not to be continued; a concluded one stays as it is."""
        if self.state in (VerificationState.WAITING_FRAMES, VerificationState.EXAMINING):
            self.state, self.reason = VerificationState.REFUSED, reason


def draw_prompts() -> list[Prompt]:
    """Three different prompts in random order, from the system's source of randomness."""
    return secrets.SystemRandom().sample(list(Prompt), PROMPTS)


def frames_wanted(prompts: int) -> tuple[int, int]:
    """The least and the most frames of an attempt: neutral ones first, then those of each prompt."""
    return NEUTRAL_FRAMES + prompts * LEAST_PER_PROMPT, (1 + prompts) * FRAMES_PER_PROMPT

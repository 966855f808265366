"""What liveness answers. Evidence carries these fields by their names (R20), so a released name stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from services.proctor.domain.verification import Prompt
from services.proctor.worker.domain.liveness.policy import LivenessPolicy
from services.proctor.worker.domain.pose import Pose


class Refusal(StrEnum):
    """Why a sequence is not taken as live."""

    NO_PROMPTS = "no_prompts"
    TOO_FEW_FRAMES = "too_few_frames"
    NO_NEUTRAL_BASELINE = "no_neutral_baseline"
    STATIC = "static"
    MISSING_ACTION = "missing_action"
    UNEXPECTED_ACTION = "unexpected_action"


@dataclass(frozen=True)
class Action:
    """One excursion: frames of its start, peak and end, and how many times its threshold it reached."""

    prompt: Prompt
    start: int
    peak: int
    end: int
    score: float

    def overlaps(self, other: Action) -> bool:
        """Whether the two share a frame."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True)
class Liveness:
    """The verdict with everything it rests on (R20)."""

    live: bool
    refusal: Refusal | None
    frames: int
    usable_frames: int
    matched: tuple[Action, ...] = ()
    missing: tuple[Prompt, ...] = ()
    unexpected: tuple[Action, ...] = ()
    baseline: Pose | None = None
    motion: float = 0.0
    policy: LivenessPolicy = field(default_factory=LivenessPolicy)

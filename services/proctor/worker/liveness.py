"""Active liveness (活体检测, R16, R20): did a live face do what the prompts asked, in their order?

Every person is measured against their own neutral baseline, taken from the first frames. An action is an
excursion from it beyond a threshold and back; a still picture makes none. Frames without a usable face are
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from services.proctor.worker.pose import Pose


class Prompt(StrEnum):
    """What a learner can be asked (眨眼, 左转, 右转, 点头, 张嘴); left and right are the learner's own."""

    BLINK = "blink"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    NOD = "nod"
    OPEN_MOUTH = "open_mouth"


class Refusal(StrEnum):
    """Why a sequence is not taken as live."""

    NO_PROMPTS = "no_prompts"
    TOO_FEW_FRAMES = "too_few_frames"
    NO_NEUTRAL_BASELINE = "no_neutral_baseline"
    STATIC = "static"
    MISSING_ACTION = "missing_action"
    UNEXPECTED_ACTION = "unexpected_action"


@dataclass(frozen=True)
class LivenessPolicy:
    """⚙ Thresholds. Angles are degrees from the baseline; measured values stand in the tests' clips."""

    blink: float = 0.22  # share of the neutral eye opening that is lost
    turn: float = 8.0
    nod: float = 7.0
    mouth: float = 0.12  # growth of the mouth ratio
    returned: float = 0.5  # an excursion ends below this share of its threshold
    neutral_frames: int = 5  # how many frames at the start show the neutral face
    neutral_yaw: float = 20.0  # a baseline further to the side is no baseline
    usable: float = 0.7  # smallest share of frames with a face
    motion: float = 0.002  # smallest spread of the poses: below it all frames are one picture


@dataclass(frozen=True)
class Action:
    """One excursion: frames of its start, peak and end, and how many times its threshold it reached."""

    prompt: Prompt
    start: int
    peak: int
    end: int
    score: float


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


def judge(
    poses: Sequence[Pose | None], prompts: Sequence[str], policy: LivenessPolicy | None = None
) -> Liveness:
    """Whether `poses`, one per frame and None where no face was usable, fulfil `prompts` in order.

    Raises:
        ValueError: a prompt that does not exist.
    """
    policy = policy or LivenessPolicy()
    wanted = tuple(Prompt(prompt) for prompt in prompts)
    seen = [(index, pose) for index, pose in enumerate(poses) if pose is not None]
    start = Liveness(False, None, len(poses), len(seen), missing=wanted, policy=policy)
    if not wanted:
        return replace(start, refusal=Refusal.NO_PROMPTS)
    if len(seen) <= policy.neutral_frames or len(seen) < policy.usable * len(poses):
        return replace(start, refusal=Refusal.TOO_FEW_FRAMES)
    return _judge_seen(start, seen, wanted)


def baseline_of(poses: Sequence[Pose]) -> Pose:
    """The neutral pose of a person: the median of each measure."""
    columns = np.array([(p.eye, p.mouth, p.yaw, p.pitch, p.roll) for p in poses])
    return Pose(*(float(value) for value in np.median(columns, axis=0)))


def actions_in(seen: Sequence[tuple[int, Pose]], baseline: Pose, policy: LivenessPolicy) -> list[Action]:
    """All excursions that returned, by the frame of their peak."""
    found = [
        action
        for prompt in Prompt
        for action in _excursions(
            prompt, [(i, _score(prompt, pose, baseline, policy)) for i, pose in seen], policy
        )
    ]
    return sorted(found, key=lambda action: action.peak)


def _judge_seen(start: Liveness, seen: list[tuple[int, Pose]], wanted: tuple[Prompt, ...]) -> Liveness:
    policy = start.policy
    baseline = baseline_of([pose for index, pose in seen if index < policy.neutral_frames] or [seen[0][1]])
    motion = _motion([pose for _, pose in seen])
    measured = replace(start, baseline=baseline, motion=motion)
    if abs(baseline.yaw) > policy.neutral_yaw:
        return replace(measured, refusal=Refusal.NO_NEUTRAL_BASELINE)
    if motion < policy.motion:
        return replace(measured, refusal=Refusal.STATIC)
    return _matched(measured, actions_in(seen, baseline, policy), wanted)


def _matched(measured: Liveness, actions: list[Action], wanted: tuple[Prompt, ...]) -> Liveness:
    matched: list[Action] = []
    for action in actions:
        in_turn = not matched or action.start >= matched[-1].end
        if len(matched) < len(wanted) and in_turn and action.prompt == wanted[len(matched)]:
            matched.append(action)
    unexpected = tuple(action for action in actions if _is_unexpected(action, matched))
    missing = wanted[len(matched) :]
    refusal = Refusal.MISSING_ACTION if missing else Refusal.UNEXPECTED_ACTION if unexpected else None
    return replace(
        measured,
        live=refusal is None,
        refusal=refusal,
        matched=tuple(matched),
        missing=missing,
        unexpected=unexpected,
    )


def _is_unexpected(action: Action, matched: list[Action]) -> bool:
    """An action nobody asked for betrays a recording; blinks come by themselves, a turn may bow the head."""
    alongside = any(action.start <= other.end and other.start <= action.end for other in matched)
    return action.prompt is not Prompt.BLINK and not alongside


def _score(prompt: Prompt, pose: Pose, baseline: Pose, policy: LivenessPolicy) -> float:
    """How far the pose has gone in the prompt's direction, in thresholds."""
    if prompt is Prompt.BLINK:
        return (1 - pose.eye / baseline.eye) / policy.blink
    if prompt is Prompt.OPEN_MOUTH:
        return (pose.mouth - baseline.mouth) / policy.mouth
    if prompt is Prompt.NOD:
        return (pose.pitch - baseline.pitch) / policy.nod
    turned = (pose.yaw - baseline.yaw) / policy.turn
    return turned if prompt is Prompt.TURN_LEFT else -turned


def _excursions(prompt: Prompt, scores: list[tuple[int, float]], policy: LivenessPolicy) -> list[Action]:
    """Stretches that start at rest, rise to 1 and fall below `policy.returned` again."""
    found: list[Action] = []
    stretch: list[tuple[int, float]] = []
    at_rest = False
    for index, score in scores:
        if score < policy.returned:
            if at_rest and stretch and max(value for _, value in stretch) >= 1:
                peak, best = max(stretch, key=lambda item: item[1])
                found.append(Action(prompt, stretch[0][0], peak, index, best))
            at_rest, stretch = True, []
        else:
            stretch.append((index, score))
    return found


def _motion(poses: list[Pose]) -> float:
    """Largest spread of eye, mouth and angles (radians) over the frames; an unmoved picture has none."""
    columns = np.array([(p.eye, p.mouth, *np.radians((p.yaw, p.pitch, p.roll))) for p in poses])
    return float(np.ptp(columns, axis=0).max())

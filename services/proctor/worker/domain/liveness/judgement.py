"""The judgement of a sequence of poses against its prompts (R16, R20).

Every person is measured against their own neutral baseline, taken from the first frames. A still picture
makes no action. Frames without a usable face are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.proctor.domain.verification import Prompt
from services.proctor.worker.domain.liveness.actions import IndexedPose, actions_in, baseline_of, motion_of
from services.proctor.worker.domain.liveness.policy import LivenessPolicy
from services.proctor.worker.domain.liveness.verdict import Action, Liveness, Refusal
from services.proctor.worker.domain.pose import Pose


def judge(
    poses: Sequence[Pose | None], prompts: Sequence[Prompt], policy: LivenessPolicy | None = None
) -> Liveness:
    """Whether `poses`, one per frame and None where no face was usable, fulfil `prompts` in order."""
    policy = policy or LivenessPolicy()
    usable = [(index, pose) for index, pose in enumerate(poses) if pose is not None]
    unjudged = Liveness(False, None, len(poses), len(usable), missing=tuple(prompts), policy=policy)
    if not prompts:
        return replace(unjudged, refusal=Refusal.NO_PROMPTS)
    if len(usable) <= policy.neutral_frames or len(usable) < policy.usable * len(poses):
        return replace(unjudged, refusal=Refusal.TOO_FEW_FRAMES)
    return _measured(unjudged, usable)


def _measured(unjudged: Liveness, poses: Sequence[IndexedPose]) -> Liveness:
    """DomainError when there is no neutral baseline or no motion, else judged by its actions."""
    policy = unjudged.policy
    neutral = [pose for index, pose in poses if index < policy.neutral_frames] or [poses[0][1]]
    baseline, motion = baseline_of(neutral), motion_of([pose for _, pose in poses])
    measured = replace(unjudged, baseline=baseline, motion=motion)
    if abs(baseline.yaw) > policy.neutral_yaw:
        return replace(measured, refusal=Refusal.NO_NEUTRAL_BASELINE)
    if motion < policy.motion:
        return replace(measured, refusal=Refusal.STATIC)
    return _judged(measured, actions_in(poses, baseline, policy))


def _judged(measured: Liveness, actions: list[Action]) -> Liveness:
    prompts = measured.missing
    matched = _matched(actions, prompts)
    missing = prompts[len(matched) :]
    unexpected = tuple(action for action in actions if _is_unexpected(action, matched))
    refusal = Refusal.MISSING_ACTION if missing else Refusal.UNEXPECTED_ACTION if unexpected else None
    return replace(
        measured,
        live=refusal is None,
        refusal=refusal,
        matched=tuple(matched),
        missing=missing,
        unexpected=unexpected,
    )


def _matched(actions: list[Action], prompts: tuple[Prompt, ...]) -> list[Action]:
    """The actions that answer the prompts, in their order and one after the other."""
    matched: list[Action] = []
    for action in actions:
        in_turn = not matched or action.start >= matched[-1].end
        if len(matched) < len(prompts) and in_turn and action.prompt == prompts[len(matched)]:
            matched.append(action)
    return matched


def _is_unexpected(action: Action, matched: list[Action]) -> bool:
    """An action nobody asked for betrays a recording; blinks come by themselves, a turn may bow the head."""
    return action.prompt is not Prompt.BLINK and not any(action.overlaps(other) for other in matched)

"""Actions of a face: excursions from its own neutral baseline beyond a threshold, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from services.proctor.domain.verification import Prompt
from services.proctor.worker.domain.liveness.policy import LivenessPolicy
from services.proctor.worker.domain.liveness.verdict import Action
from services.proctor.worker.domain.pose import Pose

IndexedPose: TypeAlias = tuple[int, Pose]  # index of the frame, what it shows
IndexedScore: TypeAlias = tuple[int, float]  # index of the frame, distance gone in thresholds


def baseline_of(poses: Sequence[Pose]) -> Pose:
    """The neutral pose of a person: the median of each measure."""
    columns = np.array([(p.eye, p.mouth, p.yaw, p.pitch, p.roll) for p in poses])
    return Pose(*(float(value) for value in np.median(columns, axis=0)))


def motion_of(poses: Sequence[Pose]) -> float:
    """Largest spread of eye, mouth and angles (radians) over the frames; an unmoved picture has none."""
    columns = np.array([(p.eye, p.mouth, *np.radians((p.yaw, p.pitch, p.roll))) for p in poses])
    return float(np.ptp(columns, axis=0).max())


def actions_in(poses: Sequence[IndexedPose], baseline: Pose, policy: LivenessPolicy) -> list[Action]:
    """All excursions that returned, by the frame of their peak."""
    actions = [action for prompt in Prompt for action in _actions(prompt, poses, baseline, policy)]
    return sorted(actions, key=lambda action: action.peak)


def _actions(
    prompt: Prompt, poses: Sequence[IndexedPose], baseline: Pose, policy: LivenessPolicy
) -> Iterator[Action]:
    scores = [(index, _score(prompt, pose, baseline, policy)) for index, pose in poses]
    for stretch, end in _excursions(scores, policy.returned):
        peak, score = max(stretch, key=lambda indexed: indexed[1])
        if score >= 1:
            yield Action(prompt, stretch[0][0], peak, end, score)


def _excursions(scores: Iterable[IndexedScore], rest: float) -> Iterator[tuple[list[IndexedScore], int]]:
    """Stretches that begin after a frame at rest, below `rest`, each with the index at which rest returns."""
    stretch: list[IndexedScore] = []
    rested = False
    for index, score in scores:
        if score >= rest:
            stretch.append((index, score))
            continue
        if rested and stretch:
            yield stretch, index
        rested, stretch = True, []


def _score(prompt: Prompt, pose: Pose, baseline: Pose, policy: LivenessPolicy) -> float:
    """How far the pose has gone in the prompt's direction, in thresholds."""
    if prompt is Prompt.BLINK:
        return (1 - pose.eye / baseline.eye) / policy.blink
    if prompt is Prompt.OPEN_MOUTH:
        return (pose.mouth - baseline.mouth) / policy.mouth
    if prompt is Prompt.NOD:
        return (pose.pitch - baseline.pitch) / policy.nod
    turn = (pose.yaw - baseline.yaw) / policy.turn
    return turn if prompt is Prompt.TURN_LEFT else -turn

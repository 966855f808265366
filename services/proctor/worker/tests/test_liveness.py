"""A live face does what it is asked, in order; pictures and recordings don't (R16, R20)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.proctor.domain.verification import Prompt
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.domain.liveness import LivenessPolicy, Refusal, judge
from services.proctor.worker.domain.pose import Pose, pose_of
from services.proctor.worker.engine.decoding import decode
from testkit.media.camera import ACTIONS

PROMPTS = tuple(Prompt(action) for action in ACTIONS)
NEUTRAL = Pose(eye=0.32, mouth=0.01, yaw=4.0, pitch=5.0, roll=-1.0)
PEAKS = {
    Prompt.BLINK: replace(NEUTRAL, eye=0.1),
    Prompt.TURN_LEFT: replace(NEUTRAL, yaw=24.0),
    Prompt.TURN_RIGHT: replace(NEUTRAL, yaw=-16.0),
    Prompt.NOD: replace(NEUTRAL, pitch=20.0),
    Prompt.OPEN_MOUTH: replace(NEUTRAL, mouth=0.35),
}


def a_sequence(*actions: Prompt) -> list[Pose | None]:
    """Ten poses at rest, and each action for three frames with five at rest after it."""
    rest = [replace(NEUTRAL, yaw=NEUTRAL.yaw + 0.3 * (i % 3)) for i in range(10)]
    return [*rest, *(pose for action in actions for pose in ([PEAKS[action]] * 3 + rest[:5]))]


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_the_synthetic_camera_passes_all_prompts(
    name: str, clips: dict[str, list[bytes]], detector: FaceDetector
):
    verdict = judge(_poses(clips[name], detector), PROMPTS)
    assert verdict.live, verdict
    assert [action.prompt for action in verdict.matched] == list(PROMPTS)
    assert all(action.score > 1.3 for action in verdict.matched)


def test_it_does_not_pass_another_order(clips: dict[str, list[bytes]], detector: FaceDetector):
    verdict = judge(_poses(clips["astronaut"], detector), tuple(reversed(PROMPTS)))
    assert (verdict.live, verdict.refusal) == (False, Refusal.MISSING_ACTION)


@pytest.mark.parametrize("prompt", list(Prompt))
def test_one_picture_repeated_fails_every_prompt(
    prompt: str, clips: dict[str, list[bytes]], detector: FaceDetector
):
    pose = _poses(clips["astronaut"][:1], detector)
    verdict = judge(pose * 40, [prompt])
    assert (verdict.live, verdict.refusal) == (False, Refusal.STATIC)


@pytest.mark.parametrize("prompt", list(Prompt))
def test_a_picture_that_is_only_held_in_the_hand_fails_every_prompt(
    prompt: str, clips: dict[str, list[bytes]], detector: FaceDetector
):
    rest = _poses(clips["astronaut"][:6], detector)
    verdict = judge(rest * 6, [prompt])
    assert (verdict.live, verdict.refusal) == (False, Refusal.MISSING_ACTION)


@pytest.mark.parametrize("prompt", list(Prompt))
def test_each_action_answers_its_own_prompt_only(prompt: Prompt):
    for other in Prompt:
        assert judge(a_sequence(prompt), [other]).live is (other is prompt)


def test_actions_count_in_the_order_of_the_prompts():
    assert judge(a_sequence(Prompt.NOD, Prompt.BLINK), [Prompt.NOD, Prompt.BLINK]).live
    assert judge(a_sequence(Prompt.NOD, Prompt.BLINK), [Prompt.BLINK, Prompt.NOD]).missing == (Prompt.NOD,)


def test_a_recording_of_everything_fails_a_prompt_for_one_thing():
    verdict = judge(a_sequence(Prompt.TURN_LEFT, Prompt.NOD, Prompt.OPEN_MOUTH), [Prompt.NOD])
    assert verdict.refusal is Refusal.UNEXPECTED_ACTION
    assert [action.prompt for action in verdict.unexpected] == [Prompt.TURN_LEFT, Prompt.OPEN_MOUTH]


def test_blinks_come_by_themselves():
    assert judge(a_sequence(Prompt.BLINK, Prompt.NOD, Prompt.BLINK), [Prompt.NOD]).live


def test_an_action_that_does_not_return_does_not_count():
    open_to_the_end = [*a_sequence(), *[PEAKS[Prompt.OPEN_MOUTH]] * 10]
    assert judge(open_to_the_end, [Prompt.OPEN_MOUTH]).refusal is Refusal.MISSING_ACTION


def test_a_face_already_turned_is_no_neutral_baseline():
    turned = replace(NEUTRAL, yaw=30.0)
    assert judge([turned] * 10 + [NEUTRAL] * 10, [Prompt.TURN_RIGHT]).refusal is Refusal.NO_NEUTRAL_BASELINE


def test_frames_without_a_face_are_left_out_while_they_are_few():
    poses = a_sequence(Prompt.NOD)
    assert judge([*poses[:12], None, *poses[12:]], [Prompt.NOD]).live
    assert judge([*poses, *[None] * len(poses)], [Prompt.NOD]).refusal is Refusal.TOO_FEW_FRAMES


def test_without_prompts_nothing_is_live():
    assert judge(a_sequence(Prompt.NOD), []).refusal is Refusal.NO_PROMPTS


def test_no_frames_are_too_few():
    assert judge([], [Prompt.NOD]).refusal is Refusal.TOO_FEW_FRAMES


def test_the_thresholds_are_policy():
    assert not judge(a_sequence(Prompt.NOD), [Prompt.NOD], LivenessPolicy(nod=25.0)).live


def test_left_and_right_are_the_persons_own(clips: dict[str, list[bytes]], detector: FaceDetector):
    """Mirroring the frames turns one into the other."""
    mirrored = [pose_of_mirrored(frame, detector) for frame in clips["astronaut"]]
    other = {Prompt.TURN_LEFT: Prompt.TURN_RIGHT, Prompt.TURN_RIGHT: Prompt.TURN_LEFT}
    swapped = [other.get(prompt, prompt) for prompt in PROMPTS]
    assert judge(mirrored, swapped).live


def pose_of_mirrored(frame: bytes, detector: FaceDetector) -> Pose:
    mesh = detector.detect(np.ascontiguousarray(decode(frame)[:, ::-1])).mesh
    assert mesh is not None
    return pose_of(mesh)


def _poses(frames: list[bytes], detector: FaceDetector) -> list[Pose | None]:
    meshes = [detector.detect(decode(frame)).mesh for frame in frames]
    return [None if mesh is None else pose_of(mesh) for mesh in meshes]

"""A live face does what it is asked, in order; pictures and recordings don't (R16, R20)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.proctor.worker.detector import FaceDetector
from services.proctor.worker.images import decode
from services.proctor.worker.liveness import LivenessPolicy, Prompt, Refusal, judge
from services.proctor.worker.pose import Pose, pose_of
from testkit.media.camera import ACTIONS

NEUTRAL = Pose(eye=0.32, mouth=0.01, yaw=4.0, pitch=5.0, roll=-1.0)
PEAKS = {
    "blink": replace(NEUTRAL, eye=0.1),
    "turn_left": replace(NEUTRAL, yaw=24.0),
    "turn_right": replace(NEUTRAL, yaw=-16.0),
    "nod": replace(NEUTRAL, pitch=20.0),
    "open_mouth": replace(NEUTRAL, mouth=0.35),
}


def a_sequence(*actions: str) -> list[Pose | None]:
    """Ten poses at rest, and each action for three frames with five at rest after it."""
    rest = [replace(NEUTRAL, yaw=NEUTRAL.yaw + 0.3 * (i % 3)) for i in range(10)]
    return [*rest, *(pose for action in actions for pose in ([PEAKS[action]] * 3 + rest[:5]))]


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_the_synthetic_camera_passes_all_prompts(
    name: str, clips: dict[str, list[bytes]], detector: FaceDetector
):
    verdict = judge(_poses(clips[name], detector), ACTIONS)
    assert verdict.live, verdict
    assert [action.prompt for action in verdict.matched] == list(ACTIONS)
    assert all(action.score > 1.3 for action in verdict.matched)


def test_it_does_not_pass_another_order(clips: dict[str, list[bytes]], detector: FaceDetector):
    verdict = judge(_poses(clips["astronaut"], detector), tuple(reversed(ACTIONS)))
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
    assert judge(a_sequence("nod", "blink"), ["nod", "blink"]).live
    assert judge(a_sequence("nod", "blink"), ["blink", "nod"]).missing == (Prompt.NOD,)


def test_a_recording_of_everything_fails_a_prompt_for_one_thing():
    verdict = judge(a_sequence("turn_left", "nod", "open_mouth"), ["nod"])
    assert verdict.refusal is Refusal.UNEXPECTED_ACTION
    assert [action.prompt for action in verdict.unexpected] == ["turn_left", "open_mouth"]


def test_blinks_come_by_themselves():
    assert judge(a_sequence("blink", "nod", "blink"), ["nod"]).live


def test_an_action_that_does_not_return_does_not_count():
    assert (
        judge([*a_sequence(), *[PEAKS["open_mouth"]] * 10], ["open_mouth"]).refusal is Refusal.MISSING_ACTION
    )


def test_a_face_already_turned_is_no_neutral_baseline():
    turned = replace(NEUTRAL, yaw=30.0)
    assert judge([turned] * 10 + [NEUTRAL] * 10, ["turn_right"]).refusal is Refusal.NO_NEUTRAL_BASELINE


def test_frames_without_a_face_are_left_out_while_they_are_few():
    poses = a_sequence("nod")
    assert judge([*poses[:12], None, *poses[12:]], ["nod"]).live
    assert judge([*poses, *[None] * len(poses)], ["nod"]).refusal is Refusal.TOO_FEW_FRAMES


def test_without_prompts_nothing_is_live():
    assert judge(a_sequence("nod"), []).refusal is Refusal.NO_PROMPTS


def test_no_frames_are_too_few():
    assert judge([], ["nod"]).refusal is Refusal.TOO_FEW_FRAMES


def test_an_unknown_prompt_is_an_error():
    with pytest.raises(ValueError, match="wink"):
        judge(a_sequence(), ["wink"])


def test_the_thresholds_are_policy():
    assert not judge(a_sequence("nod"), ["nod"], LivenessPolicy(nod=25.0)).live


def test_left_and_right_are_the_persons_own(clips: dict[str, list[bytes]], detector: FaceDetector):
    """Mirroring the frames turns one into the other."""
    mirrored = [pose_of_mirrored(frame, detector) for frame in clips["astronaut"]]
    swapped = ["turn_right" if a == "turn_left" else "turn_left" if a == "turn_right" else a for a in ACTIONS]
    assert judge(mirrored, swapped).live


def pose_of_mirrored(frame: bytes, detector: FaceDetector) -> Pose:
    mesh = detector.detect(np.ascontiguousarray(decode(frame)[:, ::-1])).mesh
    assert mesh is not None
    return pose_of(mesh)


def _poses(frames: list[bytes], detector: FaceDetector) -> list[Pose | None]:
    meshes = [detector.detect(decode(frame)).mesh for frame in frames]
    return [None if mesh is None else pose_of(mesh) for mesh in meshes]

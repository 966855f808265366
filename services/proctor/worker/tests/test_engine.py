"""Batches of jobs on real pixels: the learner matches, the impostor doesn't, some cannot be judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.domain.verification import Prompt
from services.proctor.worker.domain.face_job import FaceJob, FaceResult
from services.proctor.worker.domain.liveness import Refusal
from services.proctor.worker.domain.recogniser import Reference
from services.proctor.worker.engine.face_engine import FaceEngine
from services.proctor.worker.engine.photo import measure_photo
from testkit.media.camera import ACTIONS, encoded_jpeg
from testkit.media.portrait import Portrait, no_face, two_faces

PROMPTS = tuple(Prompt(action) for action in ACTIONS)


@pytest.fixture(scope="module")
def reference(engine: FaceEngine, photos: dict[str, bytes]) -> Reference:
    """The learner's face, from the declaration photo."""
    embedding = engine.analyse([FaceJob("reference", (photos["astronaut"],))])[0].embedding
    assert embedding is not None
    return Reference(embedding, engine.recogniser.version)


@pytest.fixture(scope="module")
def answers(engine: FaceEngine, reference: Reference, clips: dict[str, list[bytes]]) -> dict[str, FaceResult]:
    """Both people answer all prompts against the learner's reference."""
    jobs = [FaceJob(name, tuple(frames), reference, PROMPTS) for name, frames in clips.items()]
    return {result.id: result for result in engine.analyse(jobs)}


def test_the_learner_is_live_and_matches(answers: dict[str, FaceResult]):
    learner = answers["astronaut"]
    assert learner.liveness is not None
    assert learner.liveness.live
    assert learner.match is True
    assert learner.distance is not None
    assert learner.distance < 0.4


def test_the_impostor_is_live_and_does_not_match(answers: dict[str, FaceResult]):
    impostor = answers["grace_hopper"]
    assert impostor.liveness is not None
    assert impostor.liveness.live
    assert impostor.match is False
    assert impostor.distance is not None
    assert impostor.distance > impostor.threshold


def test_every_frame_of_the_learner_matches_and_none_of_the_impostor(
    engine: FaceEngine, reference: Reference, clips: dict[str, list[bytes]]
):
    for name, same in (("astronaut", True), ("grace_hopper", False)):
        jobs = [_check(str(i), frame, reference) for i, frame in enumerate(clips[name])]
        assert {result.match for result in engine.analyse(jobs)} == {same}


def test_a_verdict_carries_what_it_rests_on(engine: FaceEngine, answers: dict[str, FaceResult]):
    learner = answers["astronaut"]
    assert (learner.model, learner.model_version) == ("Dlib", engine.recogniser.version)
    assert learner.threshold == 0.6
    assert len(learner.used_frames) == 3
    assert learner.identity_spread is not None
    assert learner.identity_spread < learner.threshold


def test_anti_spoofing_is_reported_as_absent(answers: dict[str, FaceResult]):
    assert answers["astronaut"].spoofing is None
    assert answers["astronaut"].spoofing_version is None


def test_two_people_in_one_sequence_lie_apart(engine: FaceEngine, clips: dict[str, list[bytes]]):
    frames = (*clips["astronaut"][:20], *clips["grace_hopper"][:20])
    result = engine.analyse([FaceJob("swapped", frames, prompts=(Prompt.BLINK,))])[0]
    assert result.identity_spread is not None
    assert result.identity_spread > result.threshold


def test_one_picture_repeated_is_not_live(engine: FaceEngine, clips: dict[str, list[bytes]]):
    result = engine.analyse([FaceJob("static", (clips["astronaut"][0],) * 12, prompts=(Prompt.BLINK,))])[0]
    assert result.liveness is not None
    assert result.liveness.refusal is Refusal.STATIC


def test_what_cannot_be_judged_is_never_a_mismatch(
    engine: FaceEngine, reference: Reference, astronaut: Portrait, grace_hopper: Portrait
):
    pictures = {
        FaceOutcome.NO_FACE: encoded_jpeg(no_face()),
        FaceOutcome.SEVERAL_FACES: encoded_jpeg(two_faces(astronaut, grace_hopper)),
        FaceOutcome.TOO_DARK: encoded_jpeg((astronaut.picture * 0.15).astype(np.uint8)),
        FaceOutcome.UNREADABLE: b"not a picture",
    }
    results = engine.analyse([_check(outcome, data, reference) for outcome, data in pictures.items()])
    assert [result.outcome for result in results] == list(pictures)
    assert all(result.match is None and result.distance is None for result in results)


def test_a_reference_of_another_model_is_not_compared(
    engine: FaceEngine, reference: Reference, clips: dict[str, list[bytes]]
):
    result = engine.analyse([_check("old", clips["astronaut"][0], replace(reference, version="another"))])[0]
    assert (result.reference_outdated, result.match) == (True, None)
    assert result.embedding is not None


def test_a_full_batch_comes_back_in_order(
    engine: FaceEngine, reference: Reference, clips: dict[str, list[bytes]]
):
    frames = [clips["astronaut"][0], b"", clips["grace_hopper"][0], clips["astronaut"][3]] * 8
    results = engine.analyse([_check(str(i), frame, reference) for i, frame in enumerate(frames)])
    assert [result.id for result in results] == [str(i) for i in range(32)]
    assert [result.match for result in results] == [True, None, False, True] * 8


def test_a_photo_is_measured_along(engine: FaceEngine, photos: dict[str, bytes]):
    result = engine.analyse([FaceJob("photo", (photos["astronaut"],), photo=True)])[0]
    assert result.photo == measure_photo(photos["astronaut"], engine.detector)


def test_no_jobs_have_no_results(engine: FaceEngine):
    assert engine.analyse([]) == []


def test_a_job_without_images_is_unreadable(engine: FaceEngine):
    assert engine.analyse([FaceJob("empty", ())])[0].outcome is FaceOutcome.UNREADABLE


def _check(id: str, image: bytes, reference: Reference) -> FaceJob:
    return FaceJob(id, (image,), reference)

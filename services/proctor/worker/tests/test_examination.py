"""A batch of jobs, from sealed pictures to answers: a job that nothing can be made of harms no other."""

from __future__ import annotations

import threading

import pytest

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.adapters.material_store import MaterialStore
from services.proctor.worker.application.examination import Examiner
from services.proctor.worker.engine.face_engine import FaceEngine
from shared.domain.errors import NotFound
from shared.events.proctor import JobDone, JobKind, JobQueued
from shared.persistence.objects import Objects

PHOTO, FRAME = "photo", "frame"


class Bucket(Objects):
    """A bucket in memory instead of S3; it stands in for sealing too."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content = content

    def get_sealed(self, owner: str, key: str) -> bytes:
        """Raises NotFound, as S3 has it."""
        if key not in self.content:
            raise NotFound(what=key)
        return self.content[key]

    def put_sealed(self, owner: str, key: str, content: bytes) -> None:
        """Stored for the next job."""
        self.content[key] = content


@pytest.fixture
def examiner(engine: FaceEngine, photos: dict[str, bytes], clips: dict[str, list[bytes]]) -> Examiner:
    """Over the astronaut's declaration photo and one frame of the camera."""
    declared, evidence = Bucket({PHOTO: photos["astronaut"]}), Bucket({FRAME: clips["astronaut"][0]})
    return Examiner(engine, MaterialStore(declared, evidence, threading.Event()))


def a_check(number: int, key: str = FRAME) -> JobQueued:
    return JobQueued(
        job_id=f"check-{number}", kind=JobKind.CHECK, owner="owner", frame_keys=[key], reference_key=PHOTO
    )


def a_verification(*prompts: str) -> JobQueued:
    return JobQueued(
        job_id="verification",
        kind=JobKind.LIVENESS,
        owner="owner",
        frame_keys=[FRAME, FRAME],
        reference_key=PHOTO,
        prompts=list(prompts),
    )


def outcomes(answers: list[JobDone]) -> list[tuple[str, str]]:
    return [(answer.job_id, answer.outcome) for answer in answers]


def test_an_unknown_prompt_harms_its_own_job_alone(examiner: Examiner):
    alone = examiner.examine([a_check(1)])[0]
    answers = examiner.examine([a_check(1), a_verification("wink"), a_check(2)])
    assert outcomes(answers) == [
        ("check-1", FaceOutcome.MATCH),
        ("verification", FaceOutcome.UNREADABLE),
        ("check-2", FaceOutcome.MATCH),
    ]
    assert answers[0] == alone
    assert answers[1].figures == {}


def test_pictures_that_are_gone_harm_their_own_job_alone(examiner: Examiner):
    answers = examiner.examine([a_check(1), a_check(2, key="gone"), a_check(3)])
    assert outcomes(answers) == [
        ("check-1", FaceOutcome.MATCH),
        ("check-2", FaceOutcome.UNREADABLE),
        ("check-3", FaceOutcome.MATCH),
    ]

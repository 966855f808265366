"""The face worker of the simulation: what it sees is what the name of a picture says."""

from dataclasses import dataclass
from random import Random

from services.proctor.domain import object_keys
from services.proctor.domain.jobs import FaceOutcome
from services.proctor.tests.builders import an_answer
from shared.domain.aggregate import Aggregate
from shared.events.proctor import JobKind, JobQueued
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

FACES = (*[FaceOutcome.MATCH] * 16, FaceOutcome.MISMATCH, FaceOutcome.NO_FACE)
FIGURES = {"distance": 0.31, "threshold": 0.6, "antispoof": "absent"}
LIVENESS = {"liveness": {"blink": 0.9}}


@dataclass(kw_only=True)
class FaceJob(Aggregate):
    """任务: done once; its id is the job's."""

    outcome: str

    @classmethod
    def do(cls, queued: JobQueued) -> "FaceJob":
        """The picture sent last is judged."""
        outcome = queued.frame_keys[-1].rpartition("/")[2].partition("-")[0]
        job = cls(id=queued.job_id, outcome=outcome)
        figures = FIGURES | (LIVENESS if queued.kind is JobKind.LIVENESS else {})
        job.record(an_answer(job.id, outcome, kind=queued.kind, figures=figures))
        return job


class FaceJobs(Repository[FaceJob]):
    aggregate = FaceJob
    document = document_of(FaceJob, "jobs", service="proctor")


def a_frame(chance: Random, person_id: str, check_id: str) -> str:
    """The key of a frame, mostly of the right face."""
    return object_keys.check_frame(person_id, check_id, f"{chance.choice(FACES)}-{chance.getrandbits(32)}")


def a_film(person_id: str, verification_id: str) -> list[str]:
    """The keys of the frames of a verification, of the right face."""
    return [
        object_keys.liveness_frame(person_id, verification_id, FaceOutcome.MATCH.value, number)
        for number in range(20)
    ]

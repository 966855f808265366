"""The face worker of the simulation: what it sees is what the name of a frame says."""

from dataclasses import dataclass
from random import Random

from services.learning.tests.builders import EVIDENCE
from services.proctor.domain.jobs import FaceOutcome
from services.proctor.tests.builders import an_answer
from shared.domain.aggregate import Aggregate
from shared.events.proctor import IdentityVerified, JobQueued
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

FACES = (*[FaceOutcome.MATCH] * 16, FaceOutcome.MISMATCH, FaceOutcome.NO_FACE)


@dataclass(kw_only=True)
class FaceJob(Aggregate):
    """任务: done once; its id is the job's."""

    outcome: str

    @classmethod
    def do(cls, queued: JobQueued) -> "FaceJob":
        """The frame sent last is judged."""
        job = cls(id=queued.job_id, outcome=queued.frame_keys[-1].partition("-")[0])
        job.record(an_answer(job.id, job.outcome))
        return job


@dataclass(kw_only=True)
class Face(Aggregate):
    """实名认证: its id is the person's."""

    @classmethod
    def verify(cls, person_id: str) -> "Face":
        """The person is who they say."""
        face = cls(id=person_id)
        face.record(IdentityVerified(person_id=person_id, verification_id="v", evidence=EVIDENCE))
        return face


class FaceJobs(Repository[FaceJob]):
    aggregate = FaceJob
    document = document_of(FaceJob, "jobs", service="proctor")


class Faces(Repository[Face]):
    aggregate = Face
    document = document_of(Face, "faces", service="proctor")


def a_frame(chance: Random) -> str:
    """The name of a frame, mostly of the right face."""
    return f"{chance.choice(FACES)}-{chance.getrandbits(32)}"

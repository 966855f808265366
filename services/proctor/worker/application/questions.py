"""What the engine is asked for each kind of job, and what its answers mean."""

from __future__ import annotations

from services.proctor.domain.verification import Prompt
from services.proctor.worker.adapters.material_store import JobMaterial
from services.proctor.worker.domain import verdicts
from services.proctor.worker.domain.face_job import FaceJob, FaceResult
from services.proctor.worker.domain.recogniser import Reference
from services.proctor.worker.domain.verdicts import Verdict
from shared.events.proctor import JobKind


def questions_of(material: JobMaterial) -> list[FaceJob]:
    """Nothing without pictures; of a verification, the frontal photo and the frames apart.

    Raises:
        ValueError: a prompt that does not exist.
    """
    job, images = material.job, material.images
    reference = material.reference if isinstance(material.reference, Reference) else None
    if not images:
        return []
    if job.kind is JobKind.PHOTO:
        return [FaceJob(job.job_id, images, photo=True)]
    if job.kind is JobKind.CHECK:
        return [FaceJob(job.job_id, images, reference)]
    prompts = tuple(Prompt(prompt) for prompt in job.prompts)
    frontal, frames = images[:1], images[1:]
    return [FaceJob(job.job_id, frontal, reference), FaceJob(job.job_id, frames, reference, prompts)]


def verdict_on(kind: JobKind, results: list[FaceResult]) -> Verdict:
    """The verdict on a job from the results of its questions; no results are unreadable pictures."""
    if not results:
        return verdicts.UNREADABLE
    if kind is JobKind.PHOTO:
        return verdicts.of_photo(*results)
    if kind is JobKind.CHECK:
        return verdicts.of_check(*results)
    return verdicts.of_liveness(*results)

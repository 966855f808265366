"""From jobs to answers: fetch pictures, embed missing references, analyse all in one batch, judge."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import structlog

from services.proctor.worker import verdicts
from services.proctor.worker.engine import FaceEngine, FaceJob, FaceResult
from services.proctor.worker.material import Material, Reference, Stopped, Supplied
from services.proctor.worker.verdicts import Verdict
from shared.events.proctor import JobDone, JobKind, JobQueued

log = structlog.get_logger()


class Examiner:
    """Answers jobs in batches. A job that nothing can be made of is "unreadable", and harms no other."""

    def __init__(self, engine: FaceEngine, material: Material) -> None:
        self._engine, self._material = engine, material

    def examine(self, jobs: Sequence[JobQueued]) -> list[JobDone]:
        """One answer per job, in order. Raises Stopped while a store is away and the process is to end."""
        try:
            return self._examine(jobs)
        except Stopped:
            raise
        except Exception as error:
            log.exception("batch.broken", jobs=len(jobs), error=type(error).__name__)
            return [self._alone(job) for job in jobs]

    def _alone(self, job: JobQueued) -> JobDone:
        try:
            return self._examine([job])[0]
        except Stopped:
            raise
        except Exception as error:
            log.exception("job.broken", job_id=job.job_id, error=type(error).__name__)
            return self._answer(job, (verdicts.UNREADABLE, {}))

    def _examine(self, jobs: Sequence[JobQueued]) -> list[JobDone]:
        supplied = self._with_references(self._material.supply(jobs, self._version))
        questions = [_questions(each) for each in supplied]
        results = iter(self._engine.analyse([question for asked in questions for question in asked]))
        answered = [[next(results) for _ in asked] for asked in questions]
        pairs = zip(supplied, answered, strict=True)
        return [self._answer(each.job, _verdict(each, results)) for each, results in pairs]

    def _with_references(self, supplied: list[Supplied]) -> list[Supplied]:
        """Every reference photo that has no stored embedding gets one."""
        photos = [it.reference for it in supplied if it.reference is not None and it.reference.photo]
        jobs = [FaceJob(id=it.key, images=(it.photo,)) for it in photos if it.photo]
        results = iter(self._engine.analyse(jobs)) if jobs else iter(())
        return [self._with_reference(each, results) for each in supplied]

    def _with_reference(self, supplied: Supplied, results: Iterator[FaceResult]) -> Supplied:
        reference = supplied.reference
        if reference is None or not reference.photo:
            return supplied
        embedding = next(results).embedding
        if embedding is None:
            log.warning("job.reference_unusable", job_id=supplied.job.job_id)
            return replace(supplied, images=None)
        if supplied.job.kind is JobKind.CHECK:
            self._material.keep_embedding(supplied.job.owner, reference, embedding, self._version)
        embedded = Reference(reference.key, embedding=embedding, version=self._version)
        return replace(supplied, reference=embedded)

    def _answer(self, job: JobQueued, verdict: Verdict) -> JobDone:
        outcome, figures = verdict
        return JobDone(
            job_id=job.job_id,
            kind=job.kind,
            outcome=outcome,
            figures=json.loads(json.dumps(figures, default=float)),  # tuples and numpy's numbers
            model=self._engine.recogniser.name,
            model_version=self._version,
        )

    @property
    def _version(self) -> str:
        return self._engine.recogniser.version


def _questions(supplied: Supplied) -> list[FaceJob]:
    """What to ask the engine: nothing without pictures; of a verification, frontal photo and frames apart."""
    job, images, reference = supplied.job, supplied.images, supplied.reference
    if not images:
        return []
    known = {"reference": reference.embedding, "reference_version": reference.version} if reference else {}
    if job.kind is JobKind.PHOTO:
        return [FaceJob(id=job.job_id, images=images, photo=True)]
    if job.kind is JobKind.CHECK:
        return [FaceJob(id=job.job_id, images=images, **known)]
    frontal = FaceJob(id=job.job_id, images=images[:1], **known)
    return [frontal, FaceJob(id=job.job_id, images=images[1:], prompts=tuple(job.prompts), **known)]


def _verdict(supplied: Supplied, results: list[FaceResult]) -> Verdict:
    if not results:
        return verdicts.UNREADABLE, {}
    if supplied.job.kind is JobKind.PHOTO:
        return verdicts.of_photo(*results)
    if supplied.job.kind is JobKind.CHECK:
        return verdicts.of_check(*results)
    return verdicts.of_liveness(*results)

"""From jobs to answers: fetch pictures, embed missing references, analyse all in one batch, judge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import structlog

from services.proctor.worker.adapters.material_store import (
    JobMaterial,
    MaterialStore,
    ReferencePhoto,
    Shutdown,
)
from services.proctor.worker.application.questions import questions_of, verdict_on
from services.proctor.worker.domain import verdicts
from services.proctor.worker.domain.arrays import Embedding
from services.proctor.worker.domain.face_job import FaceJob
from services.proctor.worker.domain.recogniser import Reference
from services.proctor.worker.domain.verdicts import Verdict
from services.proctor.worker.engine.face_engine import FaceEngine
from shared.events.proctor import JobDone, JobKind, JobQueued

log = structlog.get_logger()


class Examiner:
    """Answers jobs in batches. A job that nothing can be made of is "unreadable", and harms no other."""

    def __init__(self, engine: FaceEngine, store: MaterialStore) -> None:
        self._engine, self._store = engine, store

    def examine(self, jobs: Sequence[JobQueued]) -> list[JobDone]:
        """One answer per job, in order. Raises Shutdown while a store is away and the process is to end."""
        try:
            return self._examine(jobs)
        except Shutdown:
            raise
        except Exception as error:
            log.exception("batch.broken", jobs=len(jobs), error=type(error).__name__)
            return [self._alone(job) for job in jobs]

    def _alone(self, job: JobQueued) -> JobDone:
        try:
            return self._examine([job])[0]
        except Shutdown:
            raise
        except Exception as error:
            log.exception("job.broken", job_id=job.job_id, error=type(error).__name__)
            return self._answer(job, verdicts.UNREADABLE)

    def _examine(self, jobs: Sequence[JobQueued]) -> list[JobDone]:
        materials = self._with_references(self._store.fetch(jobs, self._version))
        questions = [questions_of(material) for material in materials]
        results = iter(self._engine.analyse([question for asked in questions for question in asked]))
        return [
            self._answer(job, verdict_on(job.kind, list(islice(results, len(asked)))))
            for job, asked in zip(jobs, questions, strict=True)
        ]

    def _with_references(self, materials: list[JobMaterial]) -> list[JobMaterial]:
        """Every reference photo is embedded, all of them in one batch."""
        photos = [each.reference for each in materials if isinstance(each.reference, ReferencePhoto)]
        results = iter(self._engine.analyse([FaceJob(photo.key, (photo.content,)) for photo in photos]))
        return [
            self._embedded(each, each.reference.key, next(results).embedding)
            if isinstance(each.reference, ReferencePhoto)
            else each
            for each in materials
        ]

    def _embedded(self, material: JobMaterial, key: str, embedding: Embedding | None) -> JobMaterial:
        """The material with its reference embedded; without its pictures where that shows no usable face."""
        job = material.job
        if embedding is None:
            log.warning("job.reference_unusable", job_id=job.job_id)
            return replace(material, images=None)
        reference = Reference(embedding, self._version)
        if job.kind is JobKind.CHECK:
            self._store.keep_embedding(job.owner, key, reference)
        return replace(material, reference=reference)

    def _answer(self, job: JobQueued, verdict: Verdict) -> JobDone:
        return JobDone(
            job_id=job.job_id,
            kind=job.kind,
            outcome=verdict.outcome.value,
            figures=json.loads(json.dumps(verdict.figures, default=float)),  # tuples and numpy's numbers
            model=self._engine.recogniser.name,
            model_version=self._version,
        )

    @property
    def _version(self) -> str:
        return self._engine.recogniser.version

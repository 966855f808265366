"""What a job needs: its sealed pictures, and the embedding of the reference where one is stored."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar

import numpy as np
import structlog

from services.proctor.domain import object_keys
from services.proctor.worker.domain.recogniser import Reference
from shared.domain.errors import NotFound
from shared.events.proctor import JobKind, JobQueued
from shared.persistence.objects import Objects
from shared.security.keyring import Erased

log = structlog.get_logger()
T = TypeVar("T")
THREADS = 8
FINAL_ERRORS = (NotFound, Erased, ValueError)  # not stored, its person erased, altered: no retry helps
FIRST_PAUSE, MAX_PAUSE = 0.2, 10.0  # seconds between two tries while a store is away


class Shutdown(Exception):
    """The process is to end while a store is away; its jobs stay in the queue."""


@dataclass(frozen=True)
class ReferencePhoto:
    """A photo to compare with that no embedding is stored for, encoded."""

    key: str
    content: bytes


ReferenceMaterial: TypeAlias = Reference | ReferencePhoto | None


@dataclass(frozen=True)
class JobMaterial:
    """A job with its encoded pictures, in the order of its frame keys; None where they exist no more."""

    job: JobQueued
    images: tuple[bytes, ...] | None
    reference: ReferenceMaterial = None


class MaterialStore:
    """The buckets of proctor, read with many threads; an outage of a store is waited out."""

    def __init__(self, photos: Objects, evidence: Objects, stop: threading.Event) -> None:
        self._photos, self._evidence, self._stop = photos, evidence, stop
        self._pool = ThreadPoolExecutor(THREADS, "fetch")

    def fetch(self, jobs: Sequence[JobQueued], version: str) -> list[JobMaterial]:
        """The material of each job, in order, for the model of `version`. Raises Shutdown."""
        return list(self._pool.map(lambda job: self._fetch(job, version), jobs))

    def keep_embedding(self, owner: str, key: str, reference: Reference) -> None:
        """Store the embedding of the reference photo `key` beside it, sealed like it. Raises Shutdown."""
        values = [float(value) for value in reference.embedding]
        content = json.dumps({"version": reference.version, "embedding": values}).encode()
        self._patiently(lambda: self._photos.put_sealed(owner, object_keys.embedding_of(key), content))

    def _fetch(self, job: JobQueued, version: str) -> JobMaterial:
        bucket = self._photos if job.kind is JobKind.PHOTO else self._evidence
        try:
            images = tuple(self._read(bucket, job.owner, key) for key in job.frame_keys)
            return JobMaterial(job, images, self._reference(job, version))
        except FINAL_ERRORS as error:
            log.warning("job.material_gone", job_id=job.job_id, error=type(error).__name__)
            return JobMaterial(job, None)

    def _reference(self, job: JobQueued, version: str) -> ReferenceMaterial:
        if job.reference_key is None:
            return None
        # Only verified references never change; a declared photo can be replaced under its key.
        stored = self._stored(job.owner, job.reference_key) if job.kind is JobKind.CHECK else None
        if stored is not None and stored.version == version:
            return stored
        return ReferencePhoto(job.reference_key, self._read(self._photos, job.owner, job.reference_key))

    def _stored(self, owner: str, key: str) -> Reference | None:
        """The embedding of the reference photo `key`; None where none is stored or it is damaged."""
        try:
            stored = json.loads(self._read(self._photos, owner, object_keys.embedding_of(key)))
        except Erased:
            raise
        except (NotFound, ValueError):
            return None
        return Reference(np.asarray(stored["embedding"], np.float32), stored["version"])

    def _read(self, bucket: Objects, owner: str, key: str) -> bytes:
        return self._patiently(partial(bucket.get_sealed, owner, key))

    def _patiently(self, ask: Callable[[], T]) -> T:
        """The answer of a store, asked again with growing pauses while it is away."""
        pause = FIRST_PAUSE
        while True:
            try:
                return ask()
            except FINAL_ERRORS:
                raise
            except Exception as error:
                log.warning("store.away", error=type(error).__name__, next_try_seconds=pause)
            if self._stop.wait(pause):
                raise Shutdown
            pause = min(MAX_PAUSE, pause * 2)

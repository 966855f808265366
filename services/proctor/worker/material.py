"""What a job needs: its sealed pictures, and the embedding of the reference where one is stored."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from services.proctor import object_keys
from shared.domain.errors import NotFound
from shared.events.proctor import JobKind, JobQueued
from shared.persistence.objects import Objects
from shared.security.keyring import Erased

log = structlog.get_logger()
T = TypeVar("T")
THREADS = 8
GONE = (NotFound, Erased, ValueError)  # not there, its person erased, altered: trying again is in vain
LONGEST_PAUSE = 10.0  # seconds between two tries while a store is away

Embedding = NDArray[np.float32]


class Stopped(Exception):
    """The process is to end while a store is away; its jobs stay in the queue."""


@dataclass(frozen=True)
class Reference:
    """What a face is compared with: a stored embedding of a model's version, or the photo to embed."""

    key: str
    photo: bytes | None = None
    embedding: Embedding | None = None
    version: str | None = None


@dataclass(frozen=True)
class Supplied:
    """A job with its pictures, in the order of its frame keys; None where they cannot be had any more."""

    job: JobQueued
    images: tuple[bytes, ...] | None
    reference: Reference | None = None


class Material:
    """The buckets of proctor, read with many threads; an outage of a store is waited out."""

    def __init__(self, photos: Objects, evidence: Objects, stop: threading.Event) -> None:
        self._photos, self._evidence, self._stop = photos, evidence, stop
        self._pool = ThreadPoolExecutor(THREADS, "fetch")

    def supply(self, jobs: Sequence[JobQueued], version: str) -> list[Supplied]:
        """The material of each job, in order, for the model of `version`. Raises Stopped."""
        return list(self._pool.map(lambda job: self._supply(job, version), jobs))

    def keep_embedding(self, owner: str, reference: Reference, embedding: Embedding, version: str) -> None:
        """Store the embedding of a reference photo beside it, sealed like it."""
        content = json.dumps({"version": version, "embedding": [float(value) for value in embedding]})
        key = object_keys.embedding_of(reference.key)
        self._patiently(lambda: self._photos.put_sealed(owner, key, content.encode()))

    def _supply(self, job: JobQueued, version: str) -> Supplied:
        bucket = self._photos if job.kind is JobKind.PHOTO else self._evidence
        try:
            keys = job.frame_keys
            images = tuple(self._patiently(lambda k=key: bucket.get_sealed(job.owner, k)) for key in keys)
            return Supplied(job, images, self._reference(job, version))
        except GONE as error:
            log.warning("job.material_gone", job_id=job.job_id, error=type(error).__name__)
            return Supplied(job, None)

    def _reference(self, job: JobQueued, version: str) -> Reference | None:
        if job.reference_key is None:
            return None
        # Only verified references never change; a declared photo can be replaced under its key.
        stored = self._stored(job.owner, job.reference_key) if job.kind is JobKind.CHECK else None
        if stored is not None and stored.version == version:
            return stored
        key = job.reference_key
        return Reference(key, self._patiently(lambda: self._photos.get_sealed(job.owner, key)))

    def _stored(self, owner: str, key: str) -> Reference | None:
        place = object_keys.embedding_of(key)
        try:
            stored = json.loads(self._patiently(lambda: self._photos.get_sealed(owner, place)))
        except (NotFound, ValueError) as error:
            if isinstance(error, Erased):
                raise
            return None
        embedding = np.asarray(stored["embedding"], np.float32)
        return Reference(key, embedding=embedding, version=stored["version"])

    def _patiently(self, ask: Callable[[], T]) -> T:
        pause = 0.2
        while True:
            try:
                return ask()
            except GONE:
                raise
            except Exception as error:
                log.warning("store.away", error=type(error).__name__, next_try_seconds=pause)
            if self._stop.wait(pause):
                raise Stopped
            pause = min(LONGEST_PAUSE, pause * 2)

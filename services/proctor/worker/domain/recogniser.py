"""What a face recogniser offers, whichever network is behind it, and how two embeddings are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from services.proctor.worker.domain.arrays import Chips, Embedding, Embeddings

BATCH = 32  # faces; the size that a recogniser is warmed up for


class Recogniser(Protocol):
    """Turns aligned face chips into embeddings; two of one person lie within `threshold` (L2)."""

    @property
    def name(self) -> str:
        """The model's name, such as "Dlib" or "Facenet512"."""
        ...

    @property
    def version(self) -> str:
        """SHA-256 of the weights: embeddings of different versions are never compared."""
        ...

    @property
    def threshold(self) -> float:
        """Largest L2 distance of two embeddings of the same person."""
        ...

    def embed(self, chips: Chips) -> Embeddings:
        """Embeddings of `chips`, one row for each; n may be 0."""
        ...


@dataclass(frozen=True)
class Reference:
    """The face that others are compared with, and the version of the model that embedded it."""

    embedding: Embedding
    version: str


def distance(one: Embedding, other: Embedding) -> float:
    """Euclidean (L2) distance of two embeddings."""
    return float(np.linalg.norm(np.asarray(one, np.float64) - np.asarray(other, np.float64)))


def spread(embeddings: list[Embedding]) -> float | None:
    """Largest L2 distance between any two; None for fewer than two."""
    if len(embeddings) < 2:
        return None
    return max(distance(one, other) for one in embeddings for other in embeddings)

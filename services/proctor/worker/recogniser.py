"""What a face recogniser offers, whichever network is behind it, and how one is chosen by setting."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.dlib_weights import WeightsError

DEFAULT_MODEL = "Dlib"
BATCH = 32

Chips = NDArray[np.uint8]  # (n, 150, 150, 3), RGB, aligned as chips.py says
Embeddings = NDArray[np.float32]  # (n, size of the model's embedding)


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
        """Embeddings of `chips`, (n, 150, 150, 3) uint8 RGB → (n, size) float32."""
        ...


def recogniser_from(environment: Mapping[str, str] = os.environ) -> Recogniser:
    """The recogniser that the settings name, checked and warm.

    XUESHI_FACE_MODEL: "Dlib" (default, weights packaged) or one of DeepFace's names; the latter also needs
    XUESHI_FACE_WEIGHTS (path of the file) and XUESHI_FACE_WEIGHTS_SHA256.

    Raises:
        WeightsError: unknown model, or weights missing, unpinned or altered.
    """
    name = environment.get("XUESHI_FACE_MODEL") or DEFAULT_MODEL
    if name.lower() == DEFAULT_MODEL.lower():
        from services.proctor.worker.dlib_resnet import DlibResNet

        return DlibResNet()
    from services.proctor.worker.deepface_recogniser import DeepFaceRecogniser

    path = _required(environment, "XUESHI_FACE_WEIGHTS", name)
    return DeepFaceRecogniser(name, Path(path), _required(environment, "XUESHI_FACE_WEIGHTS_SHA256", name))


def distance(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Euclidean (L2) distance of two embeddings."""
    return float(np.linalg.norm(np.asarray(one, np.float64) - np.asarray(other, np.float64)))


def _required(environment: Mapping[str, str], variable: str, model: str) -> str:
    value = environment.get(variable, "")
    if not value:
        raise WeightsError(f"{variable} must be set for XUESHI_FACE_MODEL={model}: weights are never fetched")
    return value

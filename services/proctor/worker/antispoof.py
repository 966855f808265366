"""Passive anti-spoofing (防翻拍, R20): DeepFace's FasNet, when an operator has provisioned its weights.

Two MiniFASNets look at the face with 2.7 and 4 times its surroundings; their probabilities are averaged
(Silent-Face-Anti-Spoofing, Minivision; ported by DeepFace). Absent weights are reported, never fetched.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.detector import Box
from services.proctor.worker.dlib_weights import read_checked
from services.proctor.worker.images import Picture
from services.proctor.worker.tensorflow_setup import load_tensorflow

SIZE = 80  # px
REAL = 1  # index of the class "real" among three; the others are kinds of attack


@dataclass(frozen=True)
class _Network:
    file: str
    sha256: str
    builder: str  # name in deepface.models.spoofing.tf.FasNetBackbone
    scale: float  # surroundings, in face boxes


NETWORKS = (
    _Network(
        "2.7_80x80_MiniFASNetV2.h5",
        "166ade9bf205916c845cadc098842af6dcd1f018db5cd8e3d4ddd2ba2a751284",
        "MiniFASNetV2",
        2.7,
    ),
    _Network(
        "4_0_0_80x80_MiniFASNetV1SE.h5",
        "1c3fbc82adcd934f5fe05e9704a9bb0b03a6c54f68b6bd3b670759750a0ae151",
        "MiniFASNetV1SE",
        4.0,
    ),
)


@dataclass(frozen=True)
class Spoofing:
    """What the networks think of one face: `real` is the probability of a live face, 0–1."""

    is_real: bool  # the live class is the likeliest of the three
    real: float


class AntiSpoof(Protocol):
    """Judges faces by texture and surroundings; `version` names the weights, None where there are none."""

    @property
    def version(self) -> str | None: ...

    def judge(self, faces: Sequence[tuple[Picture, Box]]) -> list[Spoofing | None]:
        """One verdict per face, in order; None where anti-spoofing is absent."""
        ...


class AbsentAntiSpoof:
    """Stands where no weights are provisioned, and says so in every result."""

    version = None

    def judge(self, faces: Sequence[tuple[Picture, Box]]) -> list[Spoofing | None]:
        return [None] * len(faces)


class FasNet:
    """Both networks under one tf.function with a batch axis."""

    def __init__(self, folder: Path) -> None:
        for network in NETWORKS:
            read_checked(folder / network.file, network.sha256)
        self.version = "+".join(network.sha256[:12] for network in NETWORKS)
        self._networks = _compiled(folder)
        self._probabilities([np.zeros((1, SIZE, SIZE, 3), np.float32) for _ in NETWORKS])

    def judge(self, faces: Sequence[tuple[Picture, Box]]) -> list[Spoofing | None]:
        """One verdict per (picture RGB, face box)."""
        if not faces:
            return []
        batches = [np.stack([_crop(*face, network.scale) for face in faces]) for network in NETWORKS]
        return [_verdict(row) for row in self._probabilities(batches)]

    def _probabilities(self, batches: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.asarray(self._networks(*batches).numpy(), np.float32)


def antispoof_from(environment: Mapping[str, str] = os.environ) -> AntiSpoof:
    """FasNet when XUESHI_FASNET_WEIGHTS names the folder of its two files, else its absence.

    Raises:
        WeightsError: the folder is named, but a file is missing or is not the pinned one.
    """
    folder = environment.get("XUESHI_FASNET_WEIGHTS", "")
    return FasNet(Path(folder)) if folder else AbsentAntiSpoof()


def _compiled(folder: Path) -> Any:
    tf = load_tensorflow()
    from deepface.models.spoofing.tf import FasNetBackbone

    models = [getattr(FasNetBackbone, network.builder)(conv6_kernel=(5, 5)) for network in NETWORKS]
    for model, network in zip(models, NETWORKS, strict=True):
        model.load_weights(str(folder / network.file))
    shape = tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32)

    @tf.function(input_signature=[shape, shape], autograph=False)
    def probabilities(*batches: Any) -> Any:
        logits = [model(batch, training=False) for model, batch in zip(models, batches, strict=True)]
        return tf.add_n([tf.nn.softmax(each) for each in logits]) / len(models)

    return probabilities


def _crop(picture: Picture, box: Box, scale: float) -> NDArray[np.float32]:
    """The face with its surroundings, 80×80 BGR 0–255, as the networks were trained."""
    from deepface.models.spoofing.FasNetUtils import crop

    area = (box.x, box.y, box.width, box.height)
    return np.asarray(crop(picture, area, scale, SIZE, SIZE), np.float32)[..., ::-1]


def _verdict(probabilities: NDArray[np.float32]) -> Spoofing:
    return Spoofing(bool(np.argmax(probabilities) == REAL), float(probabilities[REAL]))

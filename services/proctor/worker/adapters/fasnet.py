"""Passive anti-spoofing (防翻拍, R20): DeepFace's FasNet, from weights that an operator has provisioned.

Two MiniFASNets look at the face with 2.7 and 4 times its surroundings; their probabilities are averaged
(Silent-Face-Anti-Spoofing, Minivision; ported by DeepFace).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.adapters.tensorflow_setup import tf
from services.proctor.worker.adapters.weights import read_checked
from services.proctor.worker.domain.antispoof import Spoofing
from services.proctor.worker.domain.arrays import Picture
from services.proctor.worker.domain.detection import Box

Crops: TypeAlias = NDArray[np.float32]  # (n, 80, 80, 3), BGR, 0–255, as the networks were trained
Probabilities: TypeAlias = NDArray[np.float32]  # (n, 3), each row adds up to 1

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


class FasNet:
    """Both networks under one tf.function with a batch axis."""

    def __init__(self, folder: Path) -> None:
        for network in NETWORKS:
            read_checked(folder / network.file, network.sha256)
        self.version = "+".join(network.sha256[:12] for network in NETWORKS)
        self._networks = _compiled(folder)
        self._probabilities([np.zeros((1, SIZE, SIZE, 3), np.float32) for _ in NETWORKS])

    def judge(self, faces: Sequence[tuple[Picture, Box]]) -> list[Spoofing | None]:
        """One verdict for each picture and the box of the face in it."""
        if not faces:
            return []
        batches = [np.stack([_crop(*face, network.scale) for face in faces]) for network in NETWORKS]
        return [_verdict(row) for row in self._probabilities(batches)]

    def _probabilities(self, batches: list[Crops]) -> Probabilities:
        return np.asarray(self._networks(*batches).numpy(), np.float32)


def _compiled(folder: Path) -> Callable[..., tf.Tensor]:
    """A tf.function from one batch of crops for each network to mean probabilities."""
    from deepface.models.spoofing.tf import FasNetBackbone

    models = [getattr(FasNetBackbone, network.builder)(conv6_kernel=(5, 5)) for network in NETWORKS]
    for model, network in zip(models, NETWORKS, strict=True):
        model.load_weights(str(folder / network.file))
    shape = tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32)

    def probabilities(*batches: tf.Tensor) -> tf.Tensor:
        logits = [model(batch, training=False) for model, batch in zip(models, batches, strict=True)]
        return tf.add_n([tf.nn.softmax(each) for each in logits]) / len(models)

    compiled: Callable[..., tf.Tensor] = tf.function(
        probabilities, input_signature=[shape, shape], autograph=False
    )
    return compiled


def _crop(picture: Picture, box: Box, scale: float) -> Crops:
    """The face with its surroundings, one row of `Crops`."""
    from deepface.models.spoofing.FasNetUtils import crop

    area = (box.x, box.y, box.width, box.height)
    return np.asarray(crop(picture, area, scale, SIZE, SIZE), np.float32)[..., ::-1]


def _verdict(probabilities: Probabilities) -> Spoofing:
    return Spoofing(bool(np.argmax(probabilities) == REAL), float(probabilities[REAL]))

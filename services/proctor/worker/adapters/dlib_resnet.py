"""dlib's face recognition ResNet-29 in TensorFlow: equal to dlib within 1e-5, and batched.

Source of the network: dlib, examples/dnn_face_recognition_ex.cpp, inference form (`anet_type`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from services.proctor.worker.adapters.dlib_weights import (
    EMBEDDING_SIZE,
    STAGES,
    Convolution,
    DlibWeights,
    packaged_path,
    read_weights,
)
from services.proctor.worker.adapters.tensorflow_setup import tf
from services.proctor.worker.domain.arrays import Chips, Embeddings
from services.proctor.worker.domain.chips import CHIP_SIZE
from services.proctor.worker.domain.recogniser import BATCH

MEAN_RGB = (122.782, 117.001, 104.298)  # 0–255
THRESHOLD = 0.6  # L2; dlib's own, for pairs of its 5-point chips


class DlibResNet:
    """The default recogniser. Building it reads the weights, traces the graph and runs it (about 2 s)."""

    name = "Dlib"
    threshold = THRESHOLD

    def __init__(self, path: Path | None = None) -> None:
        weights = read_weights(path or packaged_path())
        self.version = weights.sha256
        self._network = _compiled(weights)
        for size in (1, BATCH):
            self.embed(np.zeros((size, CHIP_SIZE, CHIP_SIZE, 3), np.uint8))

    def embed(self, chips: Chips) -> Embeddings:
        """Embeddings of `chips`, (n, 128); n may be 0."""
        if not len(chips):
            return np.empty((0, EMBEDDING_SIZE), np.float32)
        return np.asarray(self._network(chips).numpy(), np.float32)


def _compiled(weights: DlibWeights) -> Callable[[Chips], tf.Tensor]:
    """A tf.function from chips with a batch axis of any length to embeddings."""
    layers = [_Layer(convolution) for convolution in weights.convolutions]
    matrix = tf.constant(weights.matrix)
    shape = tf.TensorSpec((None, CHIP_SIZE, CHIP_SIZE, 3), tf.uint8)

    def embed(chips: tf.Tensor) -> tf.Tensor:
        pixels = (tf.cast(chips, tf.float32) - tf.constant(MEAN_RGB)) / 256.0
        features = _residual_stages(_stem(pixels, layers[0]), layers[1:])
        return tf.linalg.matmul(tf.reduce_mean(features, axis=(1, 2)), matrix)

    network: Callable[[Chips], tf.Tensor] = tf.function(embed, input_signature=[shape], autograph=False)
    return network


class _Layer:
    """A convolution followed by dlib's scale and shift, folded into one kernel and one bias."""

    def __init__(self, parameters: Convolution) -> None:
        self._kernel = tf.constant(parameters.kernel * parameters.scale)
        self._bias = tf.constant(parameters.bias * parameters.scale + parameters.shift)

    def __call__(
        self, value: tf.Tensor, stride: int = 1, padding: Literal["SAME", "VALID"] = "SAME"
    ) -> tf.Tensor:
        return tf.nn.conv2d(value, self._kernel, stride, padding) + self._bias


# Feature maps below are (n, height, width, channels), float32.


def _stem(pixels: tf.Tensor, layer: _Layer) -> tf.Tensor:
    features: tf.Tensor = tf.nn.max_pool2d(tf.nn.relu(layer(pixels, 2, "VALID")), 3, 2, "VALID")
    return features


def _residual_stages(value: tf.Tensor, layers: list[_Layer]) -> tf.Tensor:
    pairs = iter(zip(layers[::2], layers[1::2], strict=True))
    for stage, (_, blocks) in enumerate(STAGES):
        for block in range(blocks):
            # The first stage keeps the size of the stem's output; every later one halves it once.
            value = _residual(value, *next(pairs), halve=stage > 0 and block == 0)
    return value


def _residual(value: tf.Tensor, first: _Layer, second: _Layer, halve: bool) -> tf.Tensor:
    features = second(tf.nn.relu(first(value, 2, "VALID") if halve else first(value)))
    skip = tf.nn.avg_pool2d(value, 2, 2, "VALID") if halve else value
    return tf.nn.relu(_sum_padded(features, skip))


def _sum_padded(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """The sum of two feature maps; where sizes differ, the smaller is padded with zeros at the end."""
    target = [max(a, b) for a, b in zip(_sizes(one), _sizes(other), strict=True)]
    return _padded(one, target) + _padded(other, target)


def _padded(value: tf.Tensor, target: list[int]) -> tf.Tensor:
    missing = [wanted - size for wanted, size in zip(target, _sizes(value), strict=True)]
    return tf.pad(value, [(0, 0), *((0, count) for count in missing)]) if any(missing) else value


def _sizes(value: tf.Tensor) -> list[int]:
    """Height, width and channels, all of them known when the graph is traced."""
    return [size for size in value.shape[1:] if size is not None]

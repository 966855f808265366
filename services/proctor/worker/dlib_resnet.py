"""dlib's face recognition ResNet-29 in TensorFlow: equal to dlib within 1e-5, and batched.

Source of the network: dlib, examples/dnn_face_recognition_ex.cpp, inference form (`anet_type`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from services.proctor.worker.dlib_weights import (
    EMBEDDING_SIZE,
    STAGES,
    Convolution,
    DlibWeights,
    packaged_path,
    read_weights,
)
from services.proctor.worker.recogniser import BATCH, Chips, Embeddings
from services.proctor.worker.tensorflow_setup import load_tensorflow

CHIP_SIZE = 150  # px
MEAN_RGB = (122.782, 117.001, 104.298)
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
        """Embeddings of (n, 150, 150, 3) uint8 RGB chips → (n, 128) float32; n may be 0."""
        if not len(chips):
            return np.empty((0, EMBEDDING_SIZE), np.float32)
        return np.asarray(self._network(chips).numpy(), np.float32)


def _compiled(weights: DlibWeights) -> Any:
    """A tf.function from uint8 chips with a batch axis of any length to embeddings."""
    tf = load_tensorflow()
    layers = [_Layer(tf, convolution) for convolution in weights.convolutions]
    matrix = tf.constant(weights.matrix)
    shape = tf.TensorSpec((None, CHIP_SIZE, CHIP_SIZE, 3), tf.uint8)

    @tf.function(input_signature=[shape], autograph=False)
    def embed(chips: Any) -> Any:
        pixels = (tf.cast(chips, tf.float32) - tf.constant(MEAN_RGB)) / 256.0
        features = _residual_stages(tf, _stem(tf, pixels, layers[0]), layers[1:])
        return tf.linalg.matmul(tf.reduce_mean(features, axis=(1, 2)), matrix)

    return embed


class _Layer:
    """A convolution followed by dlib's scale and shift, folded into one kernel and one bias."""

    def __init__(self, tf: Any, parameters: Convolution) -> None:
        self._tf = tf
        self._kernel = tf.constant(parameters.kernel * parameters.scale)
        self._bias = tf.constant(parameters.bias * parameters.scale + parameters.shift)

    def __call__(self, value: Any, stride: int = 1, padding: str = "SAME") -> Any:
        return self._tf.nn.conv2d(value, self._kernel, stride, padding) + self._bias


def _stem(tf: Any, pixels: Any, layer: _Layer) -> Any:
    return tf.nn.max_pool2d(tf.nn.relu(layer(pixels, 2, "VALID")), 3, 2, "VALID")


def _residual_stages(tf: Any, value: Any, layers: list[_Layer]) -> Any:
    pairs = iter(zip(layers[::2], layers[1::2], strict=True))
    for stage, (_, blocks) in enumerate(STAGES):
        for block in range(blocks):
            # The first stage keeps the size of the stem's output; every later one halves it once.
            value = _residual(tf, value, *next(pairs), halve=stage > 0 and block == 0)
    return value


def _residual(tf: Any, value: Any, first: _Layer, second: _Layer, halve: bool) -> Any:
    stride, padding = (2, "VALID") if halve else (1, "SAME")
    features = second(tf.nn.relu(first(value, stride, padding)))
    skip = tf.nn.avg_pool2d(value, 2, 2, "VALID") if halve else value
    return tf.nn.relu(_sum_padded(tf, features, skip))


def _sum_padded(tf: Any, one: Any, other: Any) -> Any:
    """The sum of two feature maps; where sizes differ, the smaller is padded with zeros at the end."""
    target = [max(a, b) for a, b in zip(one.shape[1:], other.shape[1:], strict=True)]
    return _padded(tf, one, target) + _padded(tf, other, target)


def _padded(tf: Any, value: Any, target: list[int]) -> Any:
    missing = [wanted - size for wanted, size in zip(target, value.shape[1:], strict=True)]
    return tf.pad(value, [(0, 0), *((0, count) for count in missing)]) if any(missing) else value

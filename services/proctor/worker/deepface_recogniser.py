"""Any DeepFace recogniser by setting: DeepFace builds the network, we give it weights and a batch axis.

The operator provisions the weights file and pins its SHA-256; DeepFace's own download is blocked for good.
Embeddings are normalised and compared by L2, with DeepFace's threshold for that (`euclidean_l2`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from services.proctor.worker.dlib_weights import WeightsError, read_checked
from services.proctor.worker.recogniser import BATCH, Chips, Embeddings
from services.proctor.worker.tensorflow_setup import load_tensorflow

CHIP_SIZE = 150  # px


class DeepFaceRecogniser:
    """A DeepFace network by its name, such as "Facenet512", "ArcFace" or "GhostFaceNet"."""

    def __init__(self, name: str, path: Path, sha256: str) -> None:
        read_checked(path, sha256)
        self.name = name
        self.version = sha256.lower()
        client = _built(name, path)
        self.threshold = _threshold(name)
        self._size = int(client.output_shape)
        self._network = _compiled(client)
        for size in (1, BATCH):
            self.embed(np.zeros((size, CHIP_SIZE, CHIP_SIZE, 3), np.uint8))

    def embed(self, chips: Chips) -> Embeddings:
        """Unit embeddings of (n, 150, 150, 3) uint8 RGB chips → (n, size) float32; n may be 0."""
        if not len(chips):
            return np.empty((0, self._size), np.float32)
        return np.asarray(self._network(chips).numpy(), np.float32)


def _built(name: str, path: Path) -> Any:
    """DeepFace's client of the network, its weights read from `path`."""
    load_tensorflow()
    from deepface.modules import modeling

    sources = modeling.AVAILABLE_MODELS["facial_recognition"]
    known = sorted(model for model, backends in sources.items() if modeling.TENSORFLOW in backends)
    if name not in known:
        raise WeightsError(f"XUESHI_FACE_MODEL={name} is unknown: take Dlib or one of {', '.join(known)}")
    with _weights_from(path):
        return _client(modeling, name, path)


def _client(modeling: Any, name: str, path: Path) -> Any:
    try:
        return modeling.get_model_class("facial_recognition", name)()
    except ValueError as error:
        raise WeightsError(f"{path.name} does not hold the weights of {name}") from error


@contextmanager
def _weights_from(path: Path) -> Iterator[None]:
    """DeepFace gets `path` for any weights that it asks for; afterwards it is refused all others."""
    from deepface.commons import weight_utils

    def provisioned(*_: Any, **__: Any) -> str:
        return str(path)

    weight_utils.download_weights_if_necessary = provisioned
    try:
        yield
    finally:
        weight_utils.download_weights_if_necessary = _no_download


def _no_download(*_: Any, **__: Any) -> str:
    raise WeightsError("weights are provisioned by the operator and never fetched")


def _threshold(name: str) -> float:
    from deepface.config.threshold import thresholds

    return float(thresholds[name]["euclidean_l2"])


def _compiled(client: Any) -> Any:
    """A tf.function from uint8 RGB chips to unit embeddings; DeepFace's networks take BGR between 0 and 1."""
    tf = load_tensorflow()
    size = client.model.input_shape[1:3]
    shape = tf.TensorSpec((None, CHIP_SIZE, CHIP_SIZE, 3), tf.uint8)

    @tf.function(input_signature=[shape], autograph=False)
    def embed(chips: Any) -> Any:
        pixels = tf.image.resize(tf.cast(chips, tf.float32) / 255.0, size, antialias=True)
        return tf.math.l2_normalize(client.model(pixels[..., ::-1], training=False), axis=1)

    return embed

"""Any DeepFace recogniser by setting: DeepFace builds the network, we give it weights and a batch axis.

The operator provisions the weights file and pins its SHA-256; DeepFace's own download is blocked for good.
Embeddings are normalised and compared by L2, with DeepFace's threshold for that (`euclidean_l2`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from services.proctor.worker.adapters.tensorflow_setup import tf
from services.proctor.worker.adapters.weights import WeightsError, read_checked
from services.proctor.worker.domain.arrays import Chips, Embeddings
from services.proctor.worker.domain.chips import CHIP_SIZE
from services.proctor.worker.domain.recogniser import BATCH

if TYPE_CHECKING:  # DeepFace is imported where it is used: after TensorFlow was set up
    from deepface.models.FacialRecognition import FacialRecognition


class DeepFaceRecogniser:
    """A DeepFace network by its name, such as "Facenet512", "ArcFace" or "GhostFaceNet"."""

    def __init__(self, name: str, path: Path, sha256: str) -> None:
        read_checked(path, sha256)
        self.name = name
        self.version = sha256.lower()
        client = _checked_client(name, path)
        self.threshold = _threshold(name)
        self._size = int(client.output_shape)
        self._network = _compiled(client)
        for size in (1, BATCH):
            self.embed(np.zeros((size, CHIP_SIZE, CHIP_SIZE, 3), np.uint8))

    def embed(self, chips: Chips) -> Embeddings:
        """Unit embeddings of `chips`, (n, size); n may be 0."""
        if not len(chips):
            return np.empty((0, self._size), np.float32)
        return np.asarray(self._network(chips).numpy(), np.float32)


def _checked_client(name: str, path: Path) -> FacialRecognition:
    """DeepFace's client of a network that it knows, its weights read from `path`."""
    from deepface.modules import modeling

    sources = modeling.AVAILABLE_MODELS["facial_recognition"]
    known = sorted(model for model, backends in sources.items() if modeling.TENSORFLOW in backends)
    if name not in known:
        raise WeightsError(f"XUESHI_FACE_MODEL={name} is unknown: take Dlib or one of {', '.join(known)}")
    with _weights_from(path):
        return _client(name, path)


def _client(name: str, path: Path) -> FacialRecognition:
    from deepface.modules import modeling

    try:
        client: FacialRecognition = modeling.get_model_class("facial_recognition", name)()
    except ValueError as error:
        raise WeightsError(f"{path.name} does not hold the weights of {name}") from error
    return client


@contextmanager
def _weights_from(path: Path) -> Iterator[None]:
    """DeepFace gets `path` for any weights that it asks for; afterwards it is refused all others."""
    from deepface.commons import weight_utils

    def provisioned(*_: object, **__: object) -> str:
        return str(path)

    weight_utils.download_weights_if_necessary = provisioned
    try:
        yield
    finally:
        weight_utils.download_weights_if_necessary = _no_download


def _no_download(*_: object, **__: object) -> str:
    raise WeightsError("weights are provisioned by the operator and never fetched")


def _threshold(name: str) -> float:
    from deepface.config.threshold import thresholds

    return float(thresholds[name]["euclidean_l2"])


def _compiled(client: FacialRecognition) -> Callable[[Chips], tf.Tensor]:
    """A tf.function from RGB chips to unit embeddings; DeepFace's networks take BGR between 0 and 1."""
    size = client.model.input_shape[1:3]
    shape = tf.TensorSpec((None, CHIP_SIZE, CHIP_SIZE, 3), tf.uint8)

    def embed(chips: tf.Tensor) -> tf.Tensor:
        pixels = tf.image.resize(tf.cast(chips, tf.float32) / 255.0, size, antialias=True)
        embeddings: tf.Tensor = tf.math.l2_normalize(client.model(pixels[..., ::-1], training=False), axis=1)
        return embeddings

    network: Callable[[Chips], tf.Tensor] = tf.function(embed, input_signature=[shape], autograph=False)
    return network

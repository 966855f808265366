"""DeepFace networks by setting, with weights of random numbers: what is tested is the way, not the network.

DeepID is the smallest of DeepFace's networks, and the only one whose input is not square.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.proctor.worker.adapters.models import recogniser_from
from services.proctor.worker.adapters.tensorflow_setup import tf
from services.proctor.worker.adapters.weights import WeightsError
from services.proctor.worker.domain.recogniser import Recogniser


@pytest.fixture(scope="module")
def network() -> Any:
    """DeepFace's DeepID as DeepFace builds it, before it loads any weights."""
    tf.keras.utils.set_random_seed(5)
    from deepface.commons import weight_utils
    from deepface.models.facial_recognition.tf.DeepID import load_model

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weight_utils, "download_weights_if_necessary", lambda **_: "")
        patch.setattr(weight_utils, "load_model_weights", lambda model, **_: model)
        return load_model()


@pytest.fixture(scope="module")
def settings(network: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    path = tmp_path_factory.mktemp("weights") / "deepid_keras_weights.h5"
    network.save_weights(str(path))
    return {
        "XUESHI_FACE_MODEL": "DeepID",
        "XUESHI_FACE_WEIGHTS": str(path),
        "XUESHI_FACE_WEIGHTS_SHA256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


@pytest.fixture(scope="module")
def deepid(settings: dict[str, str]) -> Recogniser:
    return recogniser_from(settings)


def test_it_embeds_in_batches_as_one_by_one(deepid: Recogniser, chips: np.ndarray):
    batch = deepid.embed(chips[:6])
    alone = np.concatenate([deepid.embed(chip[None]) for chip in chips[:6]])
    assert batch.shape == (6, 160)
    assert np.abs(batch - alone).max() < 1e-5
    assert np.allclose(np.linalg.norm(batch, axis=1), 1)


def test_it_says_what_it_is(deepid: Recogniser, settings: dict[str, str]):
    assert deepid.name == "DeepID"
    assert deepid.version == settings["XUESHI_FACE_WEIGHTS_SHA256"]
    assert deepid.threshold == 0.17  # deepface.config.threshold, euclidean_l2


def test_it_embeds_as_the_network_that_the_weights_came_from(
    deepid: Recogniser, network: Any, chips: np.ndarray
):
    pixels = chips[:2, :, :, ::-1] / np.float32(255)
    sized = tf.image.resize(pixels, network.input_shape[1:3], antialias=True)
    expected = network(sized, training=False).numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(deepid.embed(chips[:2]) - expected).max() < 1e-5


def test_other_weights_than_the_pinned_ones_are_refused(settings: dict[str, str]):
    with pytest.raises(WeightsError, match="SHA-256"):
        recogniser_from(settings | {"XUESHI_FACE_WEIGHTS_SHA256": "0" * 64})


def test_missing_weights_are_refused(settings: dict[str, str], tmp_path: Path):
    with pytest.raises(WeightsError, match="never fetched"):
        recogniser_from(settings | {"XUESHI_FACE_WEIGHTS": str(tmp_path / "none.h5")})


def test_weights_of_another_network_are_refused(settings: dict[str, str], tmp_path: Path):
    keras = tf.keras
    path = tmp_path / "other.h5"
    keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)]).save_weights(str(path))
    pinned = {"XUESHI_FACE_WEIGHTS_SHA256": hashlib.sha256(path.read_bytes()).hexdigest()}
    with pytest.raises(WeightsError, match="does not hold the weights of DeepID"):
        recogniser_from(settings | {"XUESHI_FACE_WEIGHTS": str(path)} | pinned)


def test_deepface_downloads_nothing_afterwards(deepid: Recogniser):
    from deepface.commons import weight_utils

    with pytest.raises(WeightsError, match="never fetched"):
        weight_utils.download_weights_if_necessary("arcface_weights.h5", "https://example.org/weights.h5")

"""Weights that are not the pinned ones are refused before anything is built from them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from services.proctor.worker.adapters.dlib_weights import packaged_path, read_weights
from services.proctor.worker.adapters.models import antispoof_from, recogniser_from
from services.proctor.worker.adapters.weights import WeightsError
from services.proctor.worker.domain.antispoof import AbsentAntiSpoof


def test_the_packaged_file_holds_29_convolutions_and_the_matrix():
    weights = read_weights(packaged_path())
    assert len(weights.convolutions) == 29
    assert weights.convolutions[0].kernel.shape == (7, 7, 3, 32)
    assert weights.matrix.shape == (256, 128)


def test_a_changed_byte_is_refused(tmp_path: Path):
    data = bytearray(packaged_path().read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "weights.dat").write_bytes(data)
    with pytest.raises(WeightsError, match="SHA-256"):
        read_weights(tmp_path / "weights.dat")


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(WeightsError, match="missing"):
        read_weights(tmp_path / "weights.dat")


def test_a_pinned_file_of_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "weights.dat"
    path.write_bytes(packaged_path().read_bytes()[:100_000])
    with pytest.raises(WeightsError, match="not its weights file"):
        read_weights(path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_an_unknown_model_is_refused_with_the_known_ones(tmp_path: Path):
    path = tmp_path / "weights.h5"
    path.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    settings = {"XUESHI_FACE_WEIGHTS": str(path), "XUESHI_FACE_WEIGHTS_SHA256": sha256}
    with pytest.raises(WeightsError, match="Facenet512"):
        recogniser_from({"XUESHI_FACE_MODEL": "Facenet1024", **settings})


@pytest.mark.parametrize("unset", ["XUESHI_FACE_WEIGHTS", "XUESHI_FACE_WEIGHTS_SHA256"])
def test_a_deepface_model_needs_provisioned_weights(unset: str):
    settings = {"XUESHI_FACE_WEIGHTS": "weights.h5", "XUESHI_FACE_WEIGHTS_SHA256": "00"} | {unset: ""}
    with pytest.raises(WeightsError, match=unset):
        recogniser_from({"XUESHI_FACE_MODEL": "ArcFace", **settings})


def test_anti_spoofing_is_absent_where_nothing_is_provisioned():
    antispoof = antispoof_from({})
    assert isinstance(antispoof, AbsentAntiSpoof)
    assert antispoof.version is None
    assert antispoof.judge([(np.zeros((9, 9, 3), np.uint8), None)]) == [None]


def test_anti_spoofing_without_its_files_is_refused(tmp_path: Path):
    with pytest.raises(WeightsError, match="missing"):
        antispoof_from({"XUESHI_FASNET_WEIGHTS": str(tmp_path)})


def test_anti_spoofing_with_other_files_is_refused(tmp_path: Path):
    (tmp_path / "2.7_80x80_MiniFASNetV2.h5").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="SHA-256"):
        antispoof_from({"XUESHI_FASNET_WEIGHTS": str(tmp_path)})

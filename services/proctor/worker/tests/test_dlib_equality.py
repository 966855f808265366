"""dlib itself is the measure: the same chips, the same embeddings."""

from __future__ import annotations

import cv2
import dlib
import numpy as np
import pytest

from services.proctor.worker.adapters.dlib_resnet import DlibResNet
from services.proctor.worker.adapters.dlib_weights import packaged_path
from services.proctor.worker.domain.chips import face_chip
from services.proctor.worker.domain.detection import FIVE_POINTS
from testkit.media.portrait import Portrait


def test_embeddings_equal_those_of_dlib(recogniser: DlibResNet, chips: np.ndarray):
    network = dlib.face_recognition_model_v1(str(packaged_path()))
    of_dlib = np.array([network.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips])
    assert len(chips) >= 20
    assert np.abs(recogniser.embed(chips) - of_dlib).max() < 1e-5


def test_a_face_alone_has_the_embedding_that_it_has_in_a_batch(recogniser: DlibResNet, chips: np.ndarray):
    alone = np.concatenate([recogniser.embed(chip[None]) for chip in chips[:3]])
    assert np.abs(alone - recogniser.embed(chips)[:3]).max() < 1e-5


def test_no_chips_have_no_embeddings(recogniser: DlibResNet):
    assert recogniser.embed(np.empty((0, 150, 150, 3), np.uint8)).shape == (0, 128)


# From enlarged to halved twice; at the edge of the picture the chip is black.
@pytest.mark.parametrize("scale", [0.4, 1.0, 2.0, 3.6, 7.0])
@pytest.mark.parametrize("shift", [0, 60])
def test_chips_equal_those_of_dlib_to_the_pixel(astronaut: Portrait, scale: float, shift: int):
    picture = cv2.resize(astronaut.picture[shift:, 2 * shift :], None, fx=scale, fy=scale)
    mesh = (astronaut.mesh[:, :2] - (2 * shift, shift)) * scale
    points = np.round([mesh[list(indices)].mean(axis=0) for indices in FIVE_POINTS])
    assert np.array_equal(face_chip(picture, points), _chip_of_dlib(picture, points))


def _chip_of_dlib(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    places = [dlib.point(int(x), int(y)) for x, y in points]
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 1, 1), places)
    return dlib.get_face_chip(np.ascontiguousarray(picture), shape, size=150, padding=0.25)

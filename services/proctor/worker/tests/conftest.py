"""The two packaged portraits, filmed by the synthetic camera, and the models that look at them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from services.proctor.worker.adapters.dlib_resnet import DlibResNet
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.domain.chips import face_chip
from services.proctor.worker.domain.detection import FIVE_POINTS
from services.proctor.worker.engine.face_engine import FaceEngine
from testkit.media.camera import ACTIONS, SyntheticCamera, encoded_jpeg
from testkit.media.portrait import NAMES, Portrait, portrait


@pytest.fixture(scope="session")
def detector() -> FaceDetector:
    return FaceDetector()


@pytest.fixture(scope="session")
def recogniser() -> DlibResNet:
    return DlibResNet()


@pytest.fixture(scope="session")
def engine(recogniser: DlibResNet, detector: FaceDetector) -> Iterator[FaceEngine]:
    engine = FaceEngine(recogniser, detector, threads=2)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def astronaut() -> Portrait:
    return portrait("astronaut")


@pytest.fixture(scope="session")
def grace_hopper() -> Portrait:
    return portrait("grace_hopper")


@pytest.fixture(scope="session")
def clips() -> dict[str, list[bytes]]:
    """Per portrait the frames of a liveness answer to all prompts, in the order of `ACTIONS`."""
    return {name: SyntheticCamera(portrait(name)).sequence(ACTIONS) for name in NAMES}


@pytest.fixture(scope="session")
def photos() -> dict[str, bytes]:
    """Per portrait its declaration photo."""
    return {name: encoded_jpeg(portrait(name).photo()) for name in NAMES}


@pytest.fixture(scope="session")
def chips(astronaut: Portrait, grace_hopper: Portrait) -> np.ndarray:
    """24 different chips of the two faces: points shifted, light changed, every other one mirrored."""
    random = np.random.default_rng(11)
    return np.stack([_varied(subject, random, i) for i in range(12) for subject in (astronaut, grace_hopper)])


def _varied(subject: Portrait, random: np.random.Generator, number: int) -> np.ndarray:
    points = _five_points(subject) + random.normal(0, 4, (5, 2))
    chip = face_chip(subject.picture, points)
    lit = np.clip(chip * random.uniform(0.6, 1.3) + random.normal(0, 4, chip.shape), 0, 255).astype(np.uint8)
    return lit[:, ::-1] if number % 2 else lit


def _five_points(subject: Portrait) -> np.ndarray:
    return np.array([subject.mesh[list(indices), :2].mean(axis=0) for indices in FIVE_POINTS])

"""The figures of declaration photos (R3): right ones and each way of being wrong."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.engine.photo import measure_photo
from testkit.media.camera import encoded_jpeg
from testkit.media.portrait import RED, Portrait, no_face, two_faces


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_a_right_photo(name: str, photos: dict[str, bytes], detector: FaceDetector):
    figures = measure_photo(photos[name], detector)
    assert (figures.outcome, figures.faces) == (FaceOutcome.OK, 1)
    assert (figures.format, figures.width, figures.height) == ("JPEG", 150, 180)
    assert figures.bytes == len(photos[name]) <= 50 * 1024
    assert figures.blue_share is not None
    assert figures.blue_share > 0.9
    assert figures.yaw is not None
    assert abs(figures.yaw) < 10


def test_a_red_background_is_not_blue(astronaut: Portrait, detector: FaceDetector):
    assert measure_photo(encoded_jpeg(astronaut.photo(RED)), detector).blue_share == 0


def test_a_white_background_is_light(astronaut: Portrait, detector: FaceDetector):
    figures = measure_photo(encoded_jpeg(astronaut.photo((250, 250, 250))), detector)
    assert figures.light_share is not None
    assert figures.light_share > 0.8
    assert figures.blue_share == 0


def test_a_background_as_it_was_is_not_blue(astronaut: Portrait, detector: FaceDetector):
    figures = measure_photo(encoded_jpeg(astronaut.plain((150, 180))), detector)
    assert figures.blue_share is not None
    assert figures.blue_share < 0.1


def test_the_size_is_that_of_the_bytes(astronaut: Portrait, detector: FaceDetector):
    figures = measure_photo(encoded_jpeg(astronaut.photo(size=(295, 413))), detector)
    assert (figures.width, figures.height) == (295, 413)


def test_the_format_is_that_of_the_bytes(astronaut: Portrait, detector: FaceDetector):
    buffer = io.BytesIO()
    Image.fromarray(astronaut.photo()).save(buffer, "PNG")
    assert measure_photo(buffer.getvalue(), detector).format == "PNG"


def test_nobody_and_two_people(astronaut: Portrait, grace_hopper: Portrait, detector: FaceDetector):
    assert measure_photo(encoded_jpeg(no_face()), detector).faces == 0
    assert measure_photo(encoded_jpeg(two_faces(astronaut, grace_hopper)), detector).faces == 2


def test_a_leaning_head_has_roll(astronaut: Portrait, detector: FaceDetector):
    leaning = np.asarray(Image.fromarray(astronaut.picture).rotate(20, resample=Image.Resampling.BICUBIC))
    straight = measure_photo(encoded_jpeg(astronaut.picture), detector)
    figures = measure_photo(encoded_jpeg(leaning), detector)
    assert figures.roll is not None
    assert straight.roll is not None
    assert figures.roll - straight.roll == pytest.approx(20, abs=3)


def test_rubbish_is_unreadable(detector: FaceDetector):
    figures = measure_photo(b"rubbish", detector)
    assert (figures.outcome, figures.format, figures.bytes) == (FaceOutcome.UNREADABLE, "", 7)

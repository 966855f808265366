"""What cannot be judged has an outcome of its own; what should not be decoded is not."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.engine.decoding import MAX_BYTES, ImageError, decode
from testkit.media.portrait import Portrait, no_face, two_faces


def test_a_portrait_is_ok(detector: FaceDetector, astronaut: Portrait):
    detection = detector.detect(astronaut.picture)
    assert (detection.outcome, detection.faces) == (FaceOutcome.OK, 1)
    assert detection.mesh is not None
    assert detection.mesh.shape == (478, 3)


def test_an_empty_picture_has_no_face(detector: FaceDetector):
    assert detector.detect(no_face()).outcome is FaceOutcome.NO_FACE


def test_two_people_are_several_faces(detector: FaceDetector, astronaut: Portrait, grace_hopper: Portrait):
    detection = detector.detect(two_faces(astronaut, grace_hopper))
    assert (detection.outcome, detection.faces) == (FaceOutcome.SEVERAL_FACES, 2)


def test_a_dark_picture_is_too_dark(detector: FaceDetector, astronaut: Portrait):
    dark = (astronaut.picture * 0.15).astype(np.uint8)
    assert detector.detect(dark).outcome is FaceOutcome.TOO_DARK


def test_a_far_face_is_too_small(detector: FaceDetector, astronaut: Portrait):
    far = np.full((640, 640, 3), 190, np.uint8)
    far[200:456, 200:456] = cv2.resize(astronaut.picture, (256, 256), interpolation=cv2.INTER_AREA)
    assert detector.detect(far).outcome is FaceOutcome.TOO_SMALL


def test_the_five_points_stay_on_the_face_when_the_picture_is_shrunk(
    detector: FaceDetector, astronaut: Portrait
):
    large = detector.detect(astronaut.picture).five_points
    small = detector.detect(cv2.resize(astronaut.picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))
    eyes = np.linalg.norm(large[0] - large[2])
    assert np.abs(small.five_points / 0.6 - large).max() < 0.06 * eyes


def test_a_large_picture_is_shrunk_to_800_px():
    assert max(decode(_encoded(np.zeros((1200, 2000, 3), np.uint8))).shape) == 800


def test_a_picture_is_turned_upright():
    image = Image.fromarray(np.zeros((40, 60, 3), np.uint8))
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was held sideways
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    assert decode(buffer.getvalue()).shape == (60, 40, 3)


def test_too_many_bytes_are_refused():
    with pytest.raises(ImageError, match="bytes"):
        decode(_encoded(np.zeros((8, 8, 3), np.uint8)) + b"\0" * MAX_BYTES)


def test_too_many_pixels_are_refused_before_they_are_decoded():
    with pytest.raises(ImageError, match="7000×7000 px"):
        decode(_png_that_claims(7000, 7000))


def test_a_decompression_bomb_is_refused():
    with pytest.raises(ImageError):
        decode(_png_that_claims(60_000, 60_000))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(kind: str):
    with pytest.raises(ImageError):
        decode(_encoded(np.zeros((8, 8, 3), np.uint8), kind))


def test_half_a_picture_is_refused(astronaut: Portrait):
    data = _encoded(astronaut.picture)
    with pytest.raises(ImageError):
        decode(data[: len(data) // 2])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_a_picture_or_refused(rubbish: bytes, start: bytes):
    with contextlib.suppress(ImageError):
        assert decode(start + rubbish).ndim == 3


def _encoded(picture: np.ndarray, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind)
    return buffer.getvalue()


def _png_that_claims(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (header, b"IDAT" + zlib.compress(b"\0"), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(chunk) for chunk in chunks)


def _chunk(typed: bytes) -> bytes:
    return struct.pack(">I", len(typed) - 4) + typed + struct.pack(">I", zlib.crc32(typed))

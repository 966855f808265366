"""Figures of a declaration photo (报名照片, R3, R4): what was measured, not whether it suffices.

The thresholds are rules and stand in the domain of the service that asks.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from services.proctor.worker.detector import Box, Detection, FaceDetector, Mesh, Outcome
from services.proctor.worker.images import FORMATS, ImageError, Picture, decode
from services.proctor.worker.pose import pose_of

# Blue in OpenCV's HSV (hue 0–179): from cyan-blue to violet-blue, neither grey nor black.
BLUE_LOW = (95, 60, 60)
BLUE_HIGH = (132, 255, 255)
LIGHT_VALUE = 200  # smallest HSV value of a light background (R4) ...
LIGHT_SATURATION = 40  # ... and largest saturation


@dataclass(frozen=True)
class PhotoFigures:
    """Measured from the bytes. Where there is no single face the angles are None."""

    outcome: Outcome
    format: str  # "JPEG", "PNG", or "" when unreadable
    bytes: int
    width: int  # px, as stored
    height: int
    faces: int
    face_box: tuple[float, float, float, float] | None  # x, y, width, height in px
    eye_distance: float | None  # px between the outer eye corners
    yaw: float | None  # degrees; positive to the person's left
    pitch: float | None  # degrees; positive when bowed, a frontal face lies between about -10 and 15
    roll: float | None  # degrees; positive when leaning to the person's right
    luma: float | None  # mean of the face, 0–255
    blue_share: float | None  # share of blue among the background beside and above the head, 0–1
    light_share: float | None  # share of light, colourless pixels there, 0–1


def measure_photo(data: bytes, detector: FaceDetector) -> PhotoFigures:
    """The figures of an encoded photo; unreadable bytes and missing faces are outcomes, not errors."""
    try:
        picture = decode(data)
    except ImageError:
        return photo_figures(data, Detection(Outcome.UNREADABLE, 0))
    return photo_figures(data, detector.detect(picture))


def photo_figures(data: bytes, found: Detection) -> PhotoFigures:
    """The figures of a photo that the detector has seen already."""
    kind, width, height = _header(data) if found.outcome is not Outcome.UNREADABLE else ("", 0, 0)
    return PhotoFigures(
        outcome=found.outcome,
        format=kind,
        bytes=len(data),
        width=width,
        height=height,
        faces=found.faces,
        face_box=_corners(found.box),
        **_face_figures(data, found),
    )


def background_shares(picture: Picture, mesh: Mesh) -> tuple[float, float]:
    """Shares of blue and of light pixels, 0–1, in the background of a portrait (`_background` says where)."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)[_background(picture, mesh)]
    if not len(hsv):
        return 0.0, 0.0
    blue = ((hsv >= BLUE_LOW) & (hsv <= BLUE_HIGH)).all(axis=1)
    light = (hsv[:, 2] >= LIGHT_VALUE) & (hsv[:, 1] <= LIGHT_SATURATION)
    return float(blue.mean()), float(light.mean())


def _background(picture: Picture, mesh: Mesh) -> np.ndarray:
    """Mask of the side strips above the mouth, outside face and hair: each at least 6 % of the width."""
    height, width = picture.shape[:2]
    left, right = mesh[:, 0].min(), mesh[:, 0].max()
    hair = 0.45 * (right - left)
    strip = 0.06 * width
    columns = np.arange(width)
    outside = (columns < max(left - hair, strip)) | (columns >= min(right + hair, width - strip))
    above = np.arange(height) < mesh[13, 1]
    mask: np.ndarray = above[:, None] & outside[None, :]
    return mask


def _header(data: bytes) -> tuple[str, int, int]:
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        return picture.format or "", picture.width, picture.height


def _corners(box: Box | None) -> tuple[float, float, float, float] | None:
    return None if box is None else (box.x, box.y, box.width, box.height)


def _face_figures(data: bytes, found: Detection) -> dict[str, float | None]:
    if found.mesh is None:
        names = ("eye_distance", "yaw", "pitch", "roll", "luma", "blue_share", "light_share")
        return dict.fromkeys(names)
    pose = pose_of(found.mesh)
    blue, light = background_shares(decode(data), found.mesh)
    return {
        "eye_distance": float(np.linalg.norm(found.mesh[263, :2] - found.mesh[33, :2])),
        "yaw": pose.yaw,
        "pitch": pose.pitch,
        "roll": pose.roll,
        "luma": found.luma,
        "blue_share": blue,
        "light_share": light,
    }

"""Measures a declaration photo (R3, R4)."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.domain.arrays import Mask, Mesh, Picture
from services.proctor.worker.domain.detection import Box, Detection, Detector
from services.proctor.worker.domain.photo_figures import PhotoFigures
from services.proctor.worker.domain.pose import pose_of
from services.proctor.worker.engine.decoding import ImageError, decode, header_of

# Blue in OpenCV's HSV (hue 0–179): from cyan-blue to violet-blue, neither grey nor black.
MIN_BLUE = (95, 60, 60)
MAX_BLUE = (132, 255, 255)
MIN_LIGHT_VALUE = 200  # HSV value of a light background (R4) ...
MAX_LIGHT_SATURATION = 40  # ... and its saturation


def measure_photo(data: bytes, detector: Detector) -> PhotoFigures:
    """The figures of an encoded photo; unreadable bytes and missing faces are outcomes, not errors."""
    try:
        picture = decode(data)
    except ImageError:
        return photo_figures(data, Detection(FaceOutcome.UNREADABLE, 0))
    return photo_figures(data, detector.detect(picture))


def photo_figures(data: bytes, detection: Detection) -> PhotoFigures:
    """The figures of an encoded photo whose face was detected before."""
    unreadable = detection.outcome is FaceOutcome.UNREADABLE
    format, width, height = ("", 0, 0) if unreadable else header_of(data)
    figures = PhotoFigures(
        outcome=detection.outcome,
        format=format,
        bytes=len(data),
        width=width,
        height=height,
        faces=detection.faces,
        face_box=_corners(detection.box),
    )
    return (
        figures
        if detection.mesh is None
        else _with_face(figures, decode(data), detection.mesh, detection.luma)
    )


def background_shares(picture: Picture, mesh: Mesh) -> tuple[float, float]:
    """Shares of blue and of light pixels, 0–1, in the background of a portrait (`_background` says where)."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)[_background(picture, mesh)]
    if not len(hsv):
        return 0.0, 0.0
    blue = ((hsv >= MIN_BLUE) & (hsv <= MAX_BLUE)).all(axis=1)
    light = (hsv[:, 2] >= MIN_LIGHT_VALUE) & (hsv[:, 1] <= MAX_LIGHT_SATURATION)
    return float(blue.mean()), float(light.mean())


def _background(picture: Picture, mesh: Mesh) -> Mask:
    """The side strips above the mouth, outside face and hair: each at least 6 % of the width."""
    height, width = picture.shape[:2]
    left, right = mesh[:, 0].min(), mesh[:, 0].max()
    hair = 0.45 * (right - left)
    strip = 0.06 * width
    columns = np.arange(width)
    outside = (columns < max(left - hair, strip)) | (columns >= min(right + hair, width - strip))
    above = np.arange(height) < mesh[13, 1]
    mask: Mask = above[:, None] & outside[None, :]
    return mask


def _corners(box: Box | None) -> tuple[float, float, float, float] | None:
    return None if box is None else (box.x, box.y, box.width, box.height)


def _with_face(figures: PhotoFigures, picture: Picture, mesh: Mesh, luma: float) -> PhotoFigures:
    pose = pose_of(mesh)
    blue, light = background_shares(picture, mesh)
    return replace(
        figures,
        eye_distance=float(np.linalg.norm(mesh[263, :2] - mesh[33, :2])),
        yaw=pose.yaw,
        pitch=pose.pitch,
        roll=pose.roll,
        luma=luma,
        blue_share=blue,
        light_share=light,
    )

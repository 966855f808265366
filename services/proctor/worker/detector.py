"""Finds the one face in a picture and its refined mesh, with outcomes for what stands in the way.

MediaPipe's packaged models: short-range and full-range BlazeFace find the faces, the face mesh with attention
lands 478 points on a square crop around the largest. A picture that cannot be judged is never a mismatch.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.chips import Points
from services.proctor.worker.images import Picture
from services.proctor.worker.mediapipe_setup import load_solutions

Mesh = NDArray[np.float64]  # (478, 3): x and y in px of the picture, z on the same scale, smaller is nearer

MESH_POINTS = 478
CROP = 320  # px, side of the square that the mesh is landed on
CROP_FACES = 2.0  # side of the crop in face sizes

# For each of dlib's five points the mesh points whose mean lies nearest to it. Measured against dlib's own
# predictor on 64 portraits: median distance 1 % of the chip's inner side, bias below it.
FIVE_POINTS = ((263,), (382, 398), (33,), (155, 173), (2,))


class Outcome(StrEnum):
    """What became of a picture before any comparison; only OK goes on to the recogniser."""

    OK = "ok"
    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_DARK = "too_dark"
    TOO_SMALL = "too_small"


@dataclass(frozen=True)
class Limits:
    """When a picture cannot be judged."""

    face_px: float = 60.0  # smallest face box, px on the longer side of the shrunk picture
    luma: float = 40.0  # smallest mean luma of the face, 0–255 (Rec. 601)
    second_face: float = 0.4  # a further face counts from this share of the largest one's side
    score: float = 0.5  # smallest confidence of a detection


@dataclass(frozen=True)
class Box:
    """A detected face: top left corner and size in px of the picture, confidence 0–1."""

    x: float
    y: float
    width: float
    height: float
    score: float

    @property
    def side(self) -> float:
        return max(self.width, self.height)

    def overlap(self, other: Box) -> float:
        """Shared area as a share of the smaller box."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        smaller = min(self.width * self.height, other.width * other.height)
        return max(width, 0.0) * max(height, 0.0) / smaller


@dataclass(frozen=True)
class Detection:
    """What the detector saw: the outcome, how many faces count, and the largest one where there is one."""

    outcome: Outcome
    faces: int
    box: Box | None = None
    mesh: Mesh | None = None
    luma: float = 0.0

    @property
    def five_points(self) -> Points:
        """dlib's five points, (5, 2) px; only where there is a mesh."""
        if self.mesh is None:
            raise ValueError(f"no mesh: outcome is {self.outcome}")
        return np.array([self.mesh[list(indices), :2].mean(axis=0) for indices in FIVE_POINTS])


class FaceDetector:
    """MediaPipe's graphs, one set per thread because a graph serves one thread at a time."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._solutions = load_solutions()
        self._local = threading.local()

    def detect(self, picture: Picture) -> Detection:
        """The largest face of `picture` (RGB) with its mesh, or why there is none to judge."""
        boxes = self._boxes(picture)
        if not boxes:
            return Detection(Outcome.NO_FACE, 0)
        mesh = self._mesh(picture, boxes[0])
        if mesh is None:
            return Detection(Outcome.NO_FACE, 0, boxes[0])
        luma = _luma(picture, mesh)
        return Detection(self._outcome(boxes, luma), len(boxes), boxes[0], mesh, luma)

    def _outcome(self, boxes: list[Box], luma: float) -> Outcome:
        if len(boxes) > 1:
            return Outcome.SEVERAL_FACES
        if boxes[0].side < self.limits.face_px:
            return Outcome.TOO_SMALL
        return Outcome.TOO_DARK if luma < self.limits.luma else Outcome.OK

    def _boxes(self, picture: Picture) -> list[Box]:
        """Distinct faces that count, the largest first."""
        found: list[Box] = []
        for graph in self._graphs().detection:
            found += _boxes(graph.process(picture), picture)
        found.sort(key=lambda box: box.side, reverse=True)
        distinct: list[Box] = []
        for box in found:
            if all(box.overlap(kept) < 0.5 for kept in distinct):
                distinct.append(box)
        return [box for box in distinct if box.side >= self.limits.second_face * distinct[0].side]

    def _mesh(self, picture: Picture, box: Box) -> Mesh | None:
        scale = CROP / (CROP_FACES * box.side)
        corner = np.array([box.x + box.width / 2, box.y + box.height / 2]) - CROP / 2 / scale
        matrix = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
        crop = cv2.warpAffine(picture, matrix, (CROP, CROP), borderMode=cv2.BORDER_REPLICATE)
        found = self._graphs().mesh.process(crop).multi_face_landmarks
        if not found:
            return None
        points = np.array([(point.x, point.y, point.z) for point in found[0].landmark]) * (CROP / scale)
        return points + np.array([*corner, 0.0])

    def _graphs(self) -> _Graphs:
        if not hasattr(self._local, "graphs"):
            self._local.graphs = _Graphs(self._solutions, self.limits.score)
        graphs: _Graphs = self._local.graphs
        return graphs


class _Graphs:
    """The MediaPipe graphs of one thread."""

    def __init__(self, solutions: Any, score: float) -> None:
        ranges = (0, 1)  # short range (2 m), full range (5 m)
        self.detection = [
            solutions.face_detection.FaceDetection(min_detection_confidence=score, model_selection=selection)
            for selection in ranges
        ]
        self.mesh = solutions.face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.3
        )


def _boxes(found: Any, picture: Picture) -> list[Box]:
    height, width = picture.shape[:2]
    boxes = []
    for detection in found.detections or ():
        box = detection.location_data.relative_bounding_box
        score = float(detection.score[0])
        boxes.append(Box(box.xmin * width, box.ymin * height, box.width * width, box.height * height, score))
    return boxes


def _luma(picture: Picture, mesh: Mesh) -> float:
    """Mean Rec. 601 luma within the face's outline, 0–255."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(mesh[:, :2].astype(np.int32)), 255)
    return float(np.dot(cv2.mean(picture, mask)[:3], (0.299, 0.587, 0.114)))

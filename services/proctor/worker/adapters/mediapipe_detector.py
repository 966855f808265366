"""Finds the largest face in a picture and its refined mesh, with MediaPipe's packaged models.

Short-range and full-range BlazeFace find the faces; the face mesh with attention lands 478 points on a square
crop around the largest.
"""

from __future__ import annotations

import threading
from typing import Any

import cv2
import numpy as np

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.adapters.mediapipe_setup import load_solutions
from services.proctor.worker.domain.arrays import Matrix, Mesh, Picture
from services.proctor.worker.domain.detection import (
    Box,
    Detection,
    DetectionLimits,
    distinct_faces,
    outcome_of,
)

CROP = 320  # px, side of the square that the mesh is landed on
CROP_FACES = 2.0  # side of the crop in face sizes
RANGES = (0, 1)  # of BlazeFace: short (2 m), full (5 m)
MIN_MESH_SCORE = 0.3  # confidence of a mesh, 0–1
REC_601 = (0.299, 0.587, 0.114)  # luma weights of R, G, B


class FaceDetector:
    """MediaPipe's graphs, one set per thread because a graph serves one thread at a time."""

    def __init__(self, limits: DetectionLimits | None = None) -> None:
        self.limits = limits or DetectionLimits()
        self._solutions = load_solutions()
        self._local = threading.local()

    def detect(self, picture: Picture) -> Detection:
        """The largest face with its mesh, or why there is none to judge."""
        graphs = self._graphs()
        boxes = distinct_faces(graphs.boxes(picture), self.limits)
        if not boxes:
            return Detection(FaceOutcome.NO_FACE, 0)
        mesh = graphs.mesh(picture, boxes[0])
        if mesh is None:
            return Detection(FaceOutcome.NO_FACE, 0, boxes[0])
        luma = _luma(picture, mesh)
        return Detection(outcome_of(boxes, luma, self.limits), len(boxes), boxes[0], mesh, luma)

    def _graphs(self) -> _Graphs:
        if not hasattr(self._local, "graphs"):
            self._local.graphs = _Graphs(self._solutions, self.limits.min_score)
        graphs: _Graphs = self._local.graphs
        return graphs


class _Graphs:
    """The MediaPipe graphs of one thread. MediaPipe has no types: Any ends here."""

    def __init__(self, solutions: Any, min_score: float) -> None:
        self._detection = [
            solutions.face_detection.FaceDetection(
                min_detection_confidence=min_score, model_selection=selection
            )
            for selection in RANGES
        ]
        self._mesh = solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=MIN_MESH_SCORE,
        )

    def boxes(self, picture: Picture) -> list[Box]:
        """Everything that either range takes for a face; one face may appear twice."""
        height, width = picture.shape[:2]
        results = (graph.process(picture) for graph in self._detection)
        return [_box(face, width, height) for result in results for face in result.detections or ()]

    def mesh(self, picture: Picture, box: Box) -> Mesh | None:
        """The mesh of the face in `box`, in px of `picture`."""
        crop = _Crop(box)
        pixels = cv2.warpAffine(picture, crop.matrix, (CROP, CROP), borderMode=cv2.BORDER_REPLICATE)
        faces = self._mesh.process(pixels).multi_face_landmarks
        if not faces:
            return None
        shares: Mesh = np.array([(point.x, point.y, point.z) for point in faces[0].landmark])  # of the crop
        mesh: Mesh = shares * (CROP / crop.scale) + np.array([*crop.corner, 0.0])
        return mesh


class _Crop:
    """The square around a face that the mesh is landed on."""

    def __init__(self, box: Box) -> None:
        self.scale = CROP / (CROP_FACES * box.side)  # px of the crop for one px of the picture
        self.corner = np.array([box.x + box.width / 2, box.y + box.height / 2]) - CROP / 2 / self.scale

    @property
    def matrix(self) -> Matrix:
        """From px of the picture to px of the crop."""
        shift = -self.corner * self.scale
        return np.array([[self.scale, 0, shift[0]], [0, self.scale, shift[1]]])


def _box(face: Any, width: int, height: int) -> Box:
    box = face.location_data.relative_bounding_box
    score = float(face.score[0])
    return Box(box.xmin * width, box.ymin * height, box.width * width, box.height * height, score)


def _luma(picture: Picture, mesh: Mesh) -> float:
    """Mean Rec. 601 luma within the face's outline, 0–255."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(mesh[:, :2].astype(np.int32)), 255)
    return float(np.dot(cv2.mean(picture, mask)[:3], REC_601))

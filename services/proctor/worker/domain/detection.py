"""What a face detector reports about one picture, and when a picture can be judged (R18).

A picture that cannot be judged is never a mismatch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.domain.arrays import Mesh, Picture, Points

# For each of dlib's five points the mesh points whose mean lies nearest to it. Measured against dlib's own
# predictor on 64 portraits: median distance 1 % of the chip's inner side, bias below it.
FIVE_POINTS = ((263,), (382, 398), (33,), (155, 173), (2,))
MAX_OVERLAP = 0.5  # boxes that share more of the smaller one show the same face


@dataclass(frozen=True)
class DetectionLimits:
    """⚙ When a picture cannot be judged."""

    min_face_px: float = 60.0  # longer side of the face's box, in the picture shrunk to 800 px
    min_luma: float = 40.0  # mean luma of the face, 0–255 (Rec. 601)
    min_second_face: float = 0.4  # a further face counts from this share of the largest one's side
    min_score: float = 0.5  # confidence of a detection, 0–1


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
        """The longer side, in px."""
        return max(self.width, self.height)

    def overlap(self, other: Box) -> float:
        """Shared area as a share of the smaller box."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        smaller = min(self.width * self.height, other.width * other.height)
        return max(width, 0.0) * max(height, 0.0) / smaller


@dataclass(frozen=True)
class Detection:
    """The outcome, how many faces count, and the largest one where there is one."""

    outcome: FaceOutcome
    faces: int
    box: Box | None = None
    mesh: Mesh | None = None
    luma: float = 0.0  # mean of the face, 0–255

    @property
    def five_points(self) -> Points:
        """dlib's five points, (5, 2) px.

        Raises:
            ValueError: there is no mesh.
        """
        if self.mesh is None:
            raise ValueError(f"no mesh: outcome is {self.outcome}")
        return np.array([self.mesh[list(indices), :2].mean(axis=0) for indices in FIVE_POINTS])


class Detector(Protocol):
    """Finds the largest face of a picture; called from several threads at once."""

    def detect(self, picture: Picture) -> Detection:
        """The largest face with its mesh, or why there is none to judge."""
        ...


def distinct_faces(boxes: Iterable[Box], limits: DetectionLimits) -> list[Box]:
    """The distinct faces that count, the largest first."""
    distinct: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.side, reverse=True):
        if all(box.overlap(larger) < MAX_OVERLAP for larger in distinct):
            distinct.append(box)
    return [box for box in distinct if box.side >= limits.min_second_face * distinct[0].side]


def outcome_of(boxes: list[Box], luma: float, limits: DetectionLimits) -> FaceOutcome:
    """Whether the largest of `boxes`, whose face has this mean `luma`, can be judged."""
    if len(boxes) > 1:
        return FaceOutcome.SEVERAL_FACES
    if boxes[0].side < limits.min_face_px:
        return FaceOutcome.TOO_SMALL
    return FaceOutcome.TOO_DARK if luma < limits.min_luma else FaceOutcome.OK

"""What a face mesh says about one moment of a face: eyes, mouth and the direction of the head.

Directions come from axes of the mesh itself, never from solvePnP, which turns an open mouth into 20° of yaw.
Left and right are the person's own, in a picture that is not mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.proctor.worker.domain.arrays import Mesh

# MediaPipe's canonical face mesh: indices of the points used here.
RIGHT_EYE = (33, 133, 159, 145)  # outer and inner corner, middle of upper and lower lid
LEFT_EYE = (263, 362, 386, 374)
INNER_LIPS = (13, 14)  # middle of the upper and of the lower lip
ACROSS = ((33, 263), (127, 356))  # from the person's right to the left: eye corners, temples
DOWN = (10, 2)  # top of the forehead, base of the nose


@dataclass(frozen=True)
class Pose:
    """Ratios and angles of one face."""

    eye: float  # lid opening over eye width, mean of both eyes (Soukupová & Čech 2016, with one lid pair)
    mouth: float  # opening between the lips over the distance of the outer eye corners
    yaw: float  # degrees, positive when the head turns to the person's left
    pitch: float  # degrees, positive when the head bows; a neutral face is a few degrees off zero
    roll: float  # degrees, positive when the head leans to the person's right


def pose_of(mesh: Mesh) -> Pose:
    """The pose of a (478, 3) mesh in px."""
    across = [mesh[left] - mesh[right] for right, left in ACROSS]
    down = mesh[DOWN[1]] - mesh[DOWN[0]]
    return Pose(
        eye=(_opening(mesh, RIGHT_EYE) + _opening(mesh, LEFT_EYE)) / 2,
        mouth=_distance(mesh, *INNER_LIPS) / _distance(mesh, *ACROSS[0]),
        yaw=float(np.mean([_degrees(axis[2], axis[0]) for axis in across])),
        pitch=_degrees(down[2], down[1]),
        roll=-_degrees(across[0][1], across[0][0]),
    )


def _opening(mesh: Mesh, eye: tuple[int, int, int, int]) -> float:
    outer, inner, upper, lower = eye
    return _distance(mesh, upper, lower) / _distance(mesh, outer, inner)


def _distance(mesh: Mesh, one: int, other: int) -> float:
    return float(np.linalg.norm(mesh[one] - mesh[other]))


def _degrees(opposite: float, adjacent: float) -> float:
    return float(np.degrees(np.arctan2(opposite, adjacent)))

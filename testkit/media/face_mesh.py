"""MediaPipe's face mesh: which points are the lids, lips and oval, and how an expression moves them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 3): x and y in px, z on the same scale, smaller is nearer

# Indices. Lids from the outer to the inner corner, upper above lower.
UPPER_LIDS = ((246, 161, 160, 159, 158, 157, 173), (466, 388, 387, 386, 385, 384, 398))
LOWER_LIDS = ((7, 163, 144, 145, 153, 154, 155), (249, 390, 373, 374, 380, 381, 382))
IRISES = (range(468, 473), range(473, 478))
INNER_MOUTH = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
LOWER_INNER_LIP = (95, 88, 178, 87, 14, 317, 402, 318, 324)
MOUTH_CORNERS = (61, 78, 291, 308)
UPPER_INNER_LIP, CHIN, TEMPLES = 13, 152, (127, 356)
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)


def with_closed_eyes(mesh: Points, amount: float) -> Points:
    """The upper lid falls onto the lower one, and the eyeball's points stay between them."""
    moved = mesh.copy()
    for upper, lower, iris in zip(UPPER_LIDS, LOWER_LIDS, IRISES, strict=True):
        gap = mesh[list(lower)] - mesh[list(upper)]
        moved[list(upper)] += gap * amount
        closed_y = np.interp(mesh[list(iris), 0], *_ordered(mesh[list(lower)]))
        moved[list(iris), 1] += (closed_y - mesh[list(iris), 1]) * amount
    return moved


def _ordered(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of `points` by rising x, as np.interp wants them."""
    order = np.argsort(points[:, 0])
    return points[order, 0], points[order, 1]


def with_open_mouth(mesh: Points, amount: float) -> Points:
    """Lower lip and jaw drop with the distance below the lip line, the corners half of it."""
    moved = mesh.copy()
    line, chin = mesh[UPPER_INNER_LIP, 1], mesh[CHIN, 1]
    drop = amount * 0.28 * np.linalg.norm(mesh[263, :2] - mesh[33, :2])
    below = np.clip((mesh[:, 1] - line) / (chin - line), 0, 1) ** 0.5
    middle = np.exp(-(((mesh[:, 0] - mesh[CHIN, 0]) / (0.42 * _width(mesh))) ** 2))
    below[list(LOWER_INNER_LIP)] = 1.0
    below[list(MOUTH_CORNERS)] = 0.35
    moved[:, 1] += drop * below * middle
    return moved


def _width(mesh: Points) -> float:
    return float(np.linalg.norm(mesh[TEMPLES[1], :2] - mesh[TEMPLES[0], :2]))


def rotation(yaw: float, pitch: float) -> NDArray[np.float64]:
    """The matrix that turns a head by these angles, in degrees."""
    a, b = np.radians((yaw, pitch))
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    bow = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.asarray(turn @ bow, np.float64)

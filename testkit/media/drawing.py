"""Draws a portrait on moved points: triangle by triangle, then the lids and the open mouth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from testkit.media.face_mesh import INNER_MOUTH, LOWER_LIDS, UPPER_LIDS, Points

Picture = NDArray[np.uint8]  # (height, width, 3) RGB
DARK_MOUTH = (48, 18, 18)
LASHES = (70, 50, 45)
CHEEKS = (50, 280)  # skin of the lids is painted in the colour around these points


def triangulate(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Delaunay triangles, (n, 3) indices; points outside the picture are pulled to its edge first."""
    from scipy.spatial import Delaunay

    return np.asarray(Delaunay(np.clip(points, 0, (shape[1] - 1, shape[0] - 1))).simplices, np.int64)


def draw_triangles(picture: Picture, source: Points, target: Points, triangles: NDArray[np.int64]) -> Picture:
    """Every target triangle filled from its source, the farthest first, so that the nose hides the cheek."""
    order = triangles[np.argsort(-target[triangles, 2].mean(axis=1))]
    owner = np.zeros(picture.shape[:2], np.int32)
    for number, corners in enumerate(np.round(target[order, :2]).astype(np.int32)):
        cv2.fillConvexPoly(owner, corners, number)
    x, y = _source_coordinates(owner, source[order, :2], target[order, :2])
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _source_coordinates(
    owner: NDArray[np.int32], source: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For every pixel its x and y in the source picture, by the affine map of the triangle that owns it."""
    ones = np.ones((*target.shape[:2], 1))
    corners = np.concatenate([target, ones], axis=2)
    flat = np.abs(np.linalg.det(corners)) < 1e-6
    corners[flat] = np.eye(3)
    maps = np.linalg.solve(corners, source)  # (triangles, 3, 2)
    coordinates = np.zeros((2, *owner.shape), np.float32)
    rows, columns = np.indices(owner.shape, np.float32)
    for axis in (0, 1):
        a, b, c = maps[..., axis].T.astype(np.float32)
        coordinates[axis] = a[owner] * columns + b[owner] * rows + c[owner]
    return coordinates[0], coordinates[1]


def paint_lids(picture: Picture, mesh: Points, moved: Points, amount: float) -> Picture:
    """Skin over closed eyes, and lashes: warping alone leaves what glasses reflect."""
    if amount <= 0.1:
        return picture
    mask = np.zeros(picture.shape[:2], np.uint8)
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        # The upper edge of the lid is where the open eye's was, carried along by the head.
        crease = mesh[list(upper), :2] + (moved[list(lower), :2] - mesh[list(lower), :2])
        lid = np.concatenate([crease, moved[list(lower)][::-1, :2]])
        cv2.fillPoly(mask, [np.round(lid).astype(np.int32)], 255)
    share = cv2.GaussianBlur(mask, (5, 5), 0)[..., None] / 255 * amount * 0.85
    painted = np.asarray(picture * (1 - share) + _skin(picture, moved) * share, np.uint8)
    for lower in LOWER_LIDS:
        seam = np.round(moved[list(lower), :2]).astype(np.int32)
        cv2.polylines(painted, [seam], False, LASHES, 2 if amount > 0.7 else 1, cv2.LINE_AA)
    return painted


def _skin(picture: Picture, points: Points) -> NDArray[np.float64]:
    """The median colour around the cheeks."""
    patches = []
    for x, y in np.round(points[list(CHEEKS), :2]).astype(int):
        patches.append(picture[y - 6 : y + 6, x - 6 : x + 6].reshape(-1, 3))
    return np.asarray(np.median(np.concatenate(patches), axis=0), np.float64)


def paint_open_mouth(picture: Picture, points: Points, amount: float) -> Picture:
    """Darkness between the lips, as far as the mouth is opened."""
    if amount <= 0:
        return picture
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(INNER_MOUTH), :2]).astype(np.int32)], 255)
    share = cv2.GaussianBlur(mask, (3, 3), 0)[..., None] / 255 * min(1.0, 1.5 * amount)
    return np.asarray(picture * (1 - share) + np.array(DARK_MOUTH) * share, np.uint8)

"""Moves a portrait's face: its mesh is changed in three dimensions, the picture follows by triangles."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3) RGB
Points = NDArray[np.float64]  # (n, 3): x and y in px, z on the same scale, smaller is nearer

# MediaPipe mesh indices. Lids from the outer to the inner corner, upper above lower.
UPPER_LIDS = ((246, 161, 160, 159, 158, 157, 173), (466, 388, 387, 386, 385, 384, 398))
LOWER_LIDS = ((7, 163, 144, 145, 153, 154, 155), (249, 390, 373, 374, 380, 381, 382))
IRISES = (range(468, 473), range(473, 478))
INNER_MOUTH = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
LOWER_INNER_LIP = (95, 88, 178, 87, 14, 317, 402, 318, 324)
MOUTH_CORNERS = (61, 78, 291, 308)
UPPER_INNER_LIP, CHIN, FOREHEAD, TEMPLES = 13, 152, 10, (127, 356)
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
# Rings around the face: distance from its centre in face sizes, and how much of the head's turn they follow.
RINGS = ((1.3, 0.9), (1.75, 0.45))
DARK_MOUTH = (48, 18, 18)
LASHES = (70, 50, 45)
CHEEKS = (50, 280)  # skin of the lids is painted in the colour around these points


@dataclass(frozen=True)
class Expression:
    """How far a face is from neutral; all zeros is the portrait itself."""

    yaw: float = 0.0  # degrees, positive to the person's left
    pitch: float = 0.0  # degrees, positive when bowed
    blink: float = 0.0  # 0 open – 1 closed
    mouth: float = 0.0  # 0 as it is – 1 wide open


class FaceWarp:
    """Draws one portrait with other expressions."""

    def __init__(self, picture: Picture, mesh: Points) -> None:
        self._picture = picture
        self._mesh = mesh
        self._source = self._surrounded(mesh, mesh)
        self._triangles = _triangles(self._source[:, :2], picture.shape)

    def render(self, expression: Expression) -> Picture:
        """The portrait with `expression`, same size."""
        moved = self._surrounded(*self._moved(expression))
        picture = _drawn(self._picture, self._source, moved, self._triangles)
        picture = _with_lids(picture, self._mesh, moved, expression.blink)
        return _with_open_mouth(picture, moved, expression.mouth)

    def _moved(self, expression: Expression) -> tuple[Points, Points]:
        """The mesh with the expression, and the neutral mesh under the same rotation."""
        face = _mouth_opened(_eyes_closed(self._mesh, expression.blink), expression.mouth)
        pivot = self._mesh[list(TEMPLES)].mean(axis=0)
        rotation = _rotation(expression.yaw, expression.pitch)
        return (face - pivot) @ rotation.T + pivot, (self._mesh - pivot) @ rotation.T + pivot

    def _surrounded(self, face: Points, rigid: Points) -> Points:
        """The face's points with two rings that follow the head less and less, and the picture's border."""
        centre = self._mesh[list(OVAL)].mean(axis=0)
        rings = [self._ring(rigid, centre, reach, follow) for reach, follow in RINGS]
        return np.concatenate([face, *rings, _border(self._picture)])

    def _ring(self, rigid: Points, centre: Points, reach: float, follow: float) -> Points:
        oval = list(OVAL)
        outer = centre + (self._mesh[oval] - centre) * reach
        outer[:, 2] = self._mesh[list(TEMPLES), 2].mean()
        return np.asarray(outer + (rigid[oval] - self._mesh[oval]) * follow, np.float64)


def _eyes_closed(mesh: Points, amount: float) -> Points:
    """The upper lid falls onto the lower one, and the eyeball's points stay between them."""
    moved = mesh.copy()
    for upper, lower, iris in zip(UPPER_LIDS, LOWER_LIDS, IRISES, strict=True):
        gap = mesh[list(lower)] - mesh[list(upper)]
        moved[list(upper)] += gap * amount
        seam = np.interp(mesh[list(iris), 0], *_ordered(mesh[list(lower)]))
        moved[list(iris), 1] += (seam - mesh[list(iris), 1]) * amount
    return moved


def _ordered(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of `points` by rising x, as np.interp wants them."""
    order = np.argsort(points[:, 0])
    return points[order, 0], points[order, 1]


def _mouth_opened(mesh: Points, amount: float) -> Points:
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


def _rotation(yaw: float, pitch: float) -> NDArray[np.float64]:
    a, b = np.radians((yaw, pitch))
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    bow = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.asarray(turn @ bow, np.float64)


def _border(picture: Picture) -> Points:
    height, width = picture.shape[0] - 1, picture.shape[1] - 1
    places = [(x, y) for x in (0, 0.5, 1) for y in (0, 0.5, 1) if (x, y) != (0.5, 0.5)]
    return np.array([(x * width, y * height, 0.0) for x, y in places])


def _triangles(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Delaunay triangles, (n, 3) indices; points outside the picture are pulled to its edge first."""
    from scipy.spatial import Delaunay

    return np.asarray(Delaunay(np.clip(points, 0, (shape[1] - 1, shape[0] - 1))).simplices, np.int64)


def _drawn(picture: Picture, source: Points, target: Points, triangles: NDArray[np.int64]) -> Picture:
    """Every target triangle filled from its source, the farthest first, so that the nose hides the cheek."""
    order = triangles[np.argsort(-target[triangles, 2].mean(axis=1))]
    owner = np.zeros(picture.shape[:2], np.int32)
    for number, corners in enumerate(np.round(target[order, :2]).astype(np.int32)):
        cv2.fillConvexPoly(owner, corners, number)
    x, y = _source_places(owner, source[order, :2], target[order, :2])
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _source_places(
    owner: NDArray[np.int32], source: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For every pixel the place in the source picture, by the affine map of the triangle that owns it."""
    ones = np.ones((*target.shape[:2], 1))
    corners = np.concatenate([target, ones], axis=2)
    flat = np.abs(np.linalg.det(corners)) < 1e-6
    corners[flat] = np.eye(3)
    maps = np.linalg.solve(corners, source)  # (triangles, 3, 2)
    places = np.zeros((2, *owner.shape), np.float32)
    rows, columns = np.indices(owner.shape, np.float32)
    for axis in (0, 1):
        a, b, c = maps[..., axis].T.astype(np.float32)
        places[axis] = a[owner] * columns + b[owner] * rows + c[owner]
    return places[0], places[1]


def _with_lids(picture: Picture, mesh: Points, moved: Points, amount: float) -> Picture:
    """Skin over the eyes, as far as they are closed, and lashes: warping alone leaves what glasses mirror."""
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


def _with_open_mouth(picture: Picture, points: Points, amount: float) -> Picture:
    """Darkness between the lips, as far as the mouth is opened."""
    if amount <= 0:
        return picture
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[list(INNER_MOUTH), :2]).astype(np.int32)], 255)
    share = cv2.GaussianBlur(mask, (3, 3), 0)[..., None] / 255 * min(1.0, 1.5 * amount)
    return np.asarray(picture * (1 - share) + np.array(DARK_MOUTH) * share, np.uint8)

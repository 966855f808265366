"""Moves a portrait's face: its mesh is changed in three dimensions, the picture follows by triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testkit.media.drawing import Picture, draw_triangles, paint_lids, paint_open_mouth, triangulate
from testkit.media.face_mesh import OVAL, TEMPLES, Points, rotation, with_closed_eyes, with_open_mouth

# Rings around the face: distance from its centre in face sizes, and how much of the head's turn they follow.
RINGS = ((1.3, 0.9), (1.75, 0.45))


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
        self._triangles = triangulate(self._source[:, :2], picture.shape)

    def render(self, expression: Expression) -> Picture:
        """The portrait with `expression`, same size."""
        moved = self._surrounded(*self._moved(expression))
        picture = draw_triangles(self._picture, self._source, moved, self._triangles)
        picture = paint_lids(picture, self._mesh, moved, expression.blink)
        return paint_open_mouth(picture, moved, expression.mouth)

    def _moved(self, expression: Expression) -> tuple[Points, Points]:
        """The mesh with the expression, and the neutral mesh under the same rotation."""
        face = with_open_mouth(with_closed_eyes(self._mesh, expression.blink), expression.mouth)
        pivot = self._mesh[list(TEMPLES)].mean(axis=0)
        turn = rotation(expression.yaw, expression.pitch)
        return (face - pivot) @ turn.T + pivot, (self._mesh - pivot) @ turn.T + pivot

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


def _border(picture: Picture) -> Points:
    height, width = picture.shape[0] - 1, picture.shape[1] - 1
    shares = [(x, y) for x in (0, 0.5, 1) for y in (0, 0.5, 1) if (x, y) != (0.5, 0.5)]
    return np.array([(x * width, y * height, 0.0) for x, y in shares])

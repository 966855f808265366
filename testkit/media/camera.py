"""A synthetic camera: frames of a still portrait that looks, blinks, turns, nods and opens its mouth.

For demonstrations and tests only: every frame says SYNTHETIC in its picture, its EXIF and its JPEG comment.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from testkit.media.portrait import Portrait
from testkit.media.warp import Expression, FaceWarp, Picture

SIZE = 480  # px, side of a frame
FACE_SHARE = 0.36  # width of the face in the frame
LABEL = "SYNTHETIC"
ACTIONS = ("blink", "turn_left", "turn_right", "nod", "open_mouth")

_PEAK = {
    "blink": Expression(blink=1.0),
    "turn_left": Expression(yaw=20.0),
    "turn_right": Expression(yaw=-20.0),
    "nod": Expression(pitch=18.0),
    "open_mouth": Expression(mouth=1.0),
}
# How far the action has gone in each of its frames: it starts and ends at rest.
_COURSE = {
    "blink": (0.0, 0.5, 1.0, 1.0, 0.5, 0.0),
    **dict.fromkeys(ACTIONS[1:], (0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0)),
}


class SyntheticCamera:
    """Films one portrait. The same portrait and seed give the same frames."""

    def __init__(self, portrait: Portrait, seed: int = 7) -> None:
        picture, mesh = _framed(portrait)
        self._warp = FaceWarp(picture, mesh)
        self._random = np.random.default_rng(seed)

    def neutral(self, count: int) -> list[bytes]:
        """`count` JPEG frames of a face at rest, with the small movements of a live one."""
        return [self._frame(Expression()) for _ in range(count)]

    def action(self, prompt: str) -> list[bytes]:
        """The JPEG frames of one action, from rest and back. `prompt` is one of `ACTIONS`."""
        peak = _PEAK[prompt]
        return [self._frame(_share(peak, amount)) for amount in _COURSE[prompt]]

    def sequence(self, prompts: Sequence[str], neutral: int = 6) -> list[bytes]:
        """A whole liveness answer: `neutral` frames at rest, then each prompted action with rest after it."""
        return list(self._sequence(prompts, neutral))

    def _sequence(self, prompts: Sequence[str], neutral: int) -> Iterator[bytes]:
        yield from self.neutral(neutral)
        for prompt in prompts:
            yield from self.action(prompt)
            yield from self.neutral(2)

    def _frame(self, expression: Expression) -> bytes:
        picture = _shaken(self._warp.render(self._trembling(expression)), self._random)
        return labelled_jpeg(picture)

    def _trembling(self, expression: Expression) -> Expression:
        yaw, pitch, lids = self._random.normal(0, (0.4, 0.4, 0.02))
        return Expression(
            expression.yaw + yaw,
            expression.pitch + pitch,
            float(np.clip(expression.blink + lids, 0, 1)),
            expression.mouth,
        )


def labelled_jpeg(picture: Picture, quality: int = 88) -> bytes:
    """`picture` as JPEG with SYNTHETIC drawn into it, in its EXIF description and in its comment."""
    drawn = np.ascontiguousarray(picture)
    place = (8, picture.shape[0] - 10)
    cv2.putText(drawn, LABEL, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(drawn, LABEL, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 220, 0), 1, cv2.LINE_AA)
    return encoded_jpeg(drawn, quality)


def encoded_jpeg(picture: Picture, quality: int = 92) -> bytes:
    """`picture` as JPEG, labelled in EXIF and comment only."""
    image = Image.fromarray(picture)
    exif = image.getexif()
    exif[0x010E] = LABEL  # ImageDescription
    exif[0x0131] = "xueshi synthetic camera"  # Software
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, exif=exif, comment=LABEL.encode())
    return buffer.getvalue()


def _framed(portrait: Portrait) -> tuple[Picture, NDArray[np.float64]]:
    """The square around the head, scaled to a frame, with its mesh in the frame's px."""
    mesh = portrait.mesh
    width = float(np.ptp(mesh[:, 0]))
    scale = SIZE * FACE_SHARE / width
    centre = (mesh[:, :2].min(axis=0) + mesh[:, :2].max(axis=0)) / 2
    shift = SIZE / 2 - centre * scale
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    picture = cv2.warpAffine(
        portrait.picture, matrix, (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(picture, np.uint8), mesh * scale + (*shift, 0.0)


def _share(peak: Expression, amount: float) -> Expression:
    return Expression(peak.yaw * amount, peak.pitch * amount, peak.blink * amount, peak.mouth * amount)


def _shaken(picture: Picture, random: np.random.Generator) -> Picture:
    """The unsteadiness of a hand-held camera: shift, tilt, exposure and sensor noise."""
    dx, dy, tilt = random.normal(0, (0.7, 0.7, 0.2))
    matrix = np.asarray(cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), tilt, 1.0), np.float64)
    matrix[:, 2] += (dx, dy)
    moved = cv2.warpAffine(picture, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    exposed = np.asarray(moved, np.float64) * random.normal(1.0, 0.01) + random.normal(0, 1.5, picture.shape)
    return np.clip(exposed, 0, 255).astype(np.uint8)

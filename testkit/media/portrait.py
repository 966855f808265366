"""The two portraits that ship in ordinary packages, both of the US government, and the photos made from them.

`astronaut` (scikit-image: Eileen Collins, NASA) plays the learner, `grace_hopper` (matplotlib: US Navy) the
impostor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.adapters.mediapipe_setup import load_solutions
from testkit.media.warp import Picture, Points

NAMES = ("astronaut", "grace_hopper")
PHOTO_SIZE = (150, 180)  # px, width and height of a one-inch photo (R3)
BLUE = (67, 142, 219)  # RGB of the blue customary on Chinese certificates
RED = (196, 32, 40)
FACE_SHARE = 0.5  # width of the face in a declaration photo
FACE_HEIGHT = 0.52  # where its middle lies, from the top


@dataclass(frozen=True)
class Portrait:
    """A portrait with its face mesh and the mask of the person."""

    name: str
    picture: Picture
    mesh: Points  # (478, 3) px
    person: NDArray[np.float32]  # (height, width) 0 background – 1 person

    def photo(self, background: tuple[int, int, int] = BLUE, size: tuple[int, int] = PHOTO_SIZE) -> Picture:
        """A frontal head-and-shoulders photo of `size` (width, height) on a plain `background` (RGB)."""
        cut = self.person[..., None]
        composed = np.asarray(self.picture * cut + np.array(background) * (1 - cut), np.uint8)
        return _cropped(composed, self.mesh, size, background)

    def plain(self, size: tuple[int, int] = (480, 600)) -> Picture:
        """The same part of the picture with its own background, as a phone would take it."""
        return _cropped(self.picture, self.mesh, size, None)


@cache
def portrait(name: str) -> Portrait:
    """The portrait of this name, one of `NAMES`.

    Raises:
        KeyError: there is no such portrait.
    """
    picture = _SOURCES[name]()
    found = FaceDetector().detect(picture)
    if found.outcome is not FaceOutcome.OK or found.mesh is None:
        raise RuntimeError(f"the packaged portrait {name} shows no single face: {found.outcome}")
    return Portrait(name, picture, found.mesh, _person(picture))


def two_faces(one: Portrait, other: Portrait) -> Picture:
    """Both portraits side by side on blue, in the size of one photo."""
    half = (PHOTO_SIZE[0] // 2, PHOTO_SIZE[1])
    return np.concatenate([one.photo(size=half), other.photo(size=half)], axis=1)


def no_face() -> Picture:
    """A blue photo without anybody: a lighter disc on it."""
    picture = np.full((PHOTO_SIZE[1], PHOTO_SIZE[0], 3), BLUE, np.uint8)
    cv2.circle(picture, (PHOTO_SIZE[0] // 2, PHOTO_SIZE[1] // 2), 40, (200, 200, 210), -1)
    return picture


def _astronaut() -> Picture:
    from skimage import data

    return np.asarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]


def _grace_hopper() -> Picture:
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return np.asarray(Image.open(path).convert("RGB"))


_SOURCES: Mapping[str, Callable[[], Picture]] = {"astronaut": _astronaut, "grace_hopper": _grace_hopper}


def _person(picture: Picture) -> NDArray[np.float32]:
    """Soft mask of the person by MediaPipe's packaged selfie segmentation."""
    with load_solutions().selfie_segmentation.SelfieSegmentation(model_selection=0) as segmentation:
        mask = segmentation.process(picture).segmentation_mask
    return np.clip((np.asarray(mask, np.float32) - 0.35) / 0.4, 0, 1)


def _cropped(
    picture: Picture, mesh: Points, size: tuple[int, int], background: tuple[int, int, int] | None
) -> Picture:
    width = float(np.ptp(mesh[:, 0]))
    scale = size[0] * FACE_SHARE / width
    centre = (mesh[:, :2].min(axis=0) + mesh[:, :2].max(axis=0)) / 2
    shift = np.array([size[0] / 2, size[1] * FACE_HEIGHT]) - centre * scale
    shrunk = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
    mode = cv2.BORDER_REPLICATE if background is None else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(shrunk, matrix, size, borderMode=mode, borderValue=background or 0))

"""Face chips as dlib's `get_face_chip` cuts them: 5 points, 150 px, padding 0.25, RGB.

Source: dlib, image_transforms/interpolation.h (`get_face_chip_details`, `extract_image_chips`). The network
was trained on chips cut this way, so the similarity transform, the pyramid and the bilinear sampling give
dlib's own pixels.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.domain.arrays import Chip, Matrix, Picture, Points

CHIP_SIZE = 150  # px
PADDING = 0.25  # of the chip's inner size, on each side

# (5, 2): mean x and y of the five points in the unpadded chip, in its sides: outer and inner corner of the
# eye on the right of the image (the subject's left), the same of the other eye, base of the nose.
MEAN_SHAPE = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
CHIP_POINTS: Points = (PADDING + MEAN_SHAPE) / (2 * PADDING + 1) * CHIP_SIZE

_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32)


def face_chip(image: Picture, points: Points) -> Chip:
    """The aligned 150×150 chip of the face whose five points, in the order of `MEAN_SHAPE`, are `points`."""
    transform = _pixel_transform(similarity(CHIP_POINTS, points))
    depth = _halvings(transform)
    if depth:
        image, transform = _cropped(image, transform, 2**depth * 4 - 2)
    for _ in range(depth):
        image, transform = _halved(image), _in_halved_image(transform)
    return _sampled(image, transform)


def _halvings(transform: Matrix) -> int:
    """How often the image is halved before sampling, so that bilinear samples don't skip pixels."""
    depth = 0
    while _side(transform := _in_halved_image(transform)) > CHIP_SIZE:
        depth += 1
    return depth


def _cropped(image: Picture, transform: Matrix, margin: int) -> tuple[Picture, Matrix]:
    """The part of `image` around the chip: where it starts decides which pixels halving keeps."""
    ends = np.array([(x, y, 1) for x in (0, CHIP_SIZE - 1) for y in (0, CHIP_SIZE - 1)])
    corners = ends @ transform.T
    last = np.array([image.shape[1] - 1, image.shape[0] - 1])
    left, top = _rounded(np.maximum(corners.min(axis=0) - margin, 0))
    right, bottom = _rounded(np.minimum(corners.max(axis=0) + margin, last))
    moved = transform.copy()
    moved[:, 2] -= (left, top)
    return image[top : bottom + 1, left : right + 1], moved


def _rounded(values: NDArray[np.float64]) -> list[int]:
    return [int(value) for value in np.floor(values + 0.5)]


def _pixel_transform(transform: Matrix) -> Matrix:
    """From chip pixels to image pixels, where dlib goes by corner pixels: side minus one on both ends."""
    scale = np.linalg.norm(transform[:, 0])
    linear = transform[:, :2] / scale * (scale * CHIP_SIZE - 1) / (CHIP_SIZE - 1)
    centre = transform @ (CHIP_SIZE / 2, CHIP_SIZE / 2, 1)
    return np.column_stack([linear, centre - linear @ ((CHIP_SIZE - 1) / 2, (CHIP_SIZE - 1) / 2)])


def _side(transform: Matrix) -> float:
    """Side of the chip's square in the image, in px, counted as dlib counts: both end pixels."""
    return float(np.linalg.norm(transform[:, 0])) * (CHIP_SIZE - 1) + 1


def similarity(source: Points, target: Points) -> Matrix:
    """The matrix of the least-squares rotation, uniform scale and shift of `source` onto `target`.

    Source: S. Umeyama, Least-squares estimation of transformation parameters between two point patterns
    (1991).
    In the plane it is a complex division, and points are never mirrored.
    """
    a, b = _complex(source), _complex(target)
    factor = np.vdot(a - a.mean(), b - b.mean()) / np.vdot(a - a.mean(), a - a.mean())
    shift = b.mean() - factor * a.mean()
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def _complex(points: Points) -> NDArray[np.complex128]:
    return points[:, 0] + 1j * points[:, 1]


def _halved(image: Picture) -> Picture:
    """dlib's pyramid_down<2>: every second pixel of a binomial filter, rounded down; the border is lost."""
    filtered = cv2.sepFilter2D(image, cv2.CV_32F, _BINOMIAL, _BINOMIAL)[2::2, 2::2]
    rows, columns = ((size - 3) // 2 for size in image.shape[:2])
    return (filtered[:rows, :columns] / 256).astype(np.uint8)


def _in_halved_image(transform: Matrix) -> Matrix:
    # The kept pixels would say (1, 1): dlib's own offset is part of what the network learned from.
    halved = transform / 2
    halved[:, 2] -= (1.25, 0.75)
    return halved


def _sampled(image: Picture, transform: Matrix) -> Chip:
    """Bilinear samples of `image` at the transformed chip pixels; black outside."""
    pixels = np.arange(CHIP_SIZE, dtype=np.float64)
    columns, rows = np.meshgrid(pixels, pixels)
    x, y = (transform[i, 0] * columns + transform[i, 1] * rows + transform[i, 2] for i in (0, 1))
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    inside = (left >= 0) & (top >= 0) & (left + 1 < image.shape[1]) & (top + 1 < image.shape[0])
    left, top = np.where(inside, left, 0), np.where(inside, top, 0)
    dx, dy = (x - left)[..., None], (y - top)[..., None]
    upper = image[top, left] * (1 - dx) + image[top, left + 1] * dx
    lower = image[top + 1, left] * (1 - dx) + image[top + 1, left + 1] * dx
    return np.where(inside[..., None], upper * (1 - dy) + lower * dy, 0).astype(np.uint8)

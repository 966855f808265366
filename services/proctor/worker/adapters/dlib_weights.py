"""Reader of dlib's face recognition file, `dlib_face_recognition_resnet_model_v1.dat` (CC0).

The file ships in the PyPI package face_recognition_models. Only its 59 tensors are read, in order from the
input: 29 times a convolution (weights, then bias) and its scale and shift, and last the matrix. Each is found
by its serialised header (version 2, four dimensions), as the layer records between them hold nothing we need.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.adapters.weights import WeightsError, read_checked

Floats: TypeAlias = NDArray[np.float32]

EMBEDDING_SIZE = 128
PACKAGED_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
# Filters and number of residual blocks of each stage, from the input on (dlib, dnn_face_recognition_ex.cpp).
STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))


@dataclass(frozen=True)
class Convolution:
    """One convolution with the scale and shift that dlib keeps in place of batch normalisation."""

    kernel: Floats  # (height, width, channels, filters)
    bias: Floats  # (filters,)
    scale: Floats  # (filters,)
    shift: Floats  # (filters,)


@dataclass(frozen=True)
class DlibWeights:
    """All parameters of dlib's ResNet-29: `convolutions` from the input on, `matrix` is (256, 128)."""

    convolutions: tuple[Convolution, ...]
    matrix: Floats
    sha256: str


def packaged_path() -> Path:
    """Where face_recognition_models keeps the file (found without importing it: it needs pkg_resources)."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise WeightsError(
            "face_recognition_models is not installed; run `uv sync` in services/proctor/worker"
        )
    return Path(spec.origin).parent / "models" / "dlib_face_recognition_resnet_model_v1.dat"


def read_weights(path: Path, sha256: str = PACKAGED_SHA256) -> DlibWeights:
    """Read and check dlib's file.

    Raises:
        WeightsError: the file is missing, has another SHA-256, or lacks one of the 59 tensors.
    """
    data = read_checked(path, sha256)
    reader = _TensorReader(data)
    convolutions = tuple(_read_convolution(reader, *shape) for shape in _convolution_shapes())
    matrix = reader.next(STAGES[-1][0], EMBEDDING_SIZE)
    return DlibWeights(convolutions, matrix, sha256)


def _convolution_shapes() -> Iterator[tuple[int, int, int]]:
    """(side, channels, filters) of the 29 convolutions."""
    yield 7, 3, 32
    channels = 32
    for filters, blocks in STAGES:
        for _ in range(blocks):
            yield 3, channels, filters
            yield 3, filters, filters
            channels = filters


def _read_convolution(reader: _TensorReader, side: int, channels: int, filters: int) -> Convolution:
    weights = filters * channels * side * side
    parameters = reader.next(weights + filters)
    kernel = parameters[:weights].reshape(filters, channels, side, side).transpose(2, 3, 1, 0)
    scale, shift = reader.next(2 * filters).reshape(2, filters)
    return Convolution(np.ascontiguousarray(kernel), parameters[weights:], scale, shift)


class _TensorReader:
    """Steps through the tensors of a dlib file by their headers."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    def next(self, rows: int, columns: int = 1) -> Floats:
        """The next tensor of `rows` samples × `columns` channels, squeezed."""
        header = b"".join(_encoded(number) for number in (2, rows, columns, 1, 1))
        start = self._data.find(header, self._offset) + len(header)
        self._offset = start + rows * columns * 4
        if start < len(header) or self._offset > len(self._data):
            raise WeightsError(
                f"no tensor of {rows}×{columns} where dlib's ResNet has one: not its weights file"
            )
        values = np.frombuffer(self._data, "<f4", rows * columns, start).astype(np.float32)
        return values.reshape(rows, columns) if columns > 1 else values


def _encoded(number: int) -> bytes:
    """A non-negative int as dlib serialises it: how many bytes follow, then those, the lowest first."""
    length = max(1, (number.bit_length() + 7) // 8)
    return bytes([length]) + number.to_bytes(length, "little")

"""Arrays that go through the worker: shape, dtype, unit and colour order of each, said once.

Rows run down and columns to the right from the upper left pixel, whose centre is (0, 0). Left and right of a
person are the person's own.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]  # (height, width, 3), RGB, 0–255, upright
Chip: TypeAlias = NDArray[np.uint8]  # (150, 150, 3), RGB, 0–255, aligned as chips.py says
Chips: TypeAlias = NDArray[np.uint8]  # (n, 150, 150, 3), as `Chip`
Points: TypeAlias = NDArray[np.float64]  # (n, 2), x and y in px of the picture
Mesh: TypeAlias = NDArray[np.float64]  # (478, 3), x and y in px, z on the same scale, smaller is nearer
Matrix: TypeAlias = NDArray[np.float64]  # (2, 3), affine, px to px
Mask: TypeAlias = NDArray[np.bool_]  # (height, width) of a picture
Embedding: TypeAlias = NDArray[np.float32]  # (size,), no unit; compared by L2 distance
Embeddings: TypeAlias = NDArray[np.float32]  # (n, size), a row is an `Embedding`

"""One place that loads TensorFlow, with the settings that must stand before its first import."""

from __future__ import annotations

import os
from typing import Any


def load_tensorflow() -> Any:
    """Import and return TensorFlow: with Keras 2, which DeepFace's models need, and only errors logged."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow

    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow

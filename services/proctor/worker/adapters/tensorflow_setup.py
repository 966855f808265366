"""One place that imports TensorFlow: with Keras 2, which DeepFace's models need, and only errors logged.

    from services.proctor.worker.adapters.tensorflow_setup import tf

A module that does so takes seconds to import, and is itself imported only where its model is built.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf  # the settings above must precede its first import

tf.get_logger().setLevel("ERROR")

__all__ = ["tf"]

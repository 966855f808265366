"""One place that loads MediaPipe: without TensorFlow, and with its native log kept to errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def load_solutions() -> Any:
    """Import MediaPipe and return its `solutions`, whose models ship in the package (nothing is fetched)."""
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _without_tensorflow():
        import mediapipe

    return mediapipe.solutions


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    """MediaPipe imports TensorFlow, for seconds, only for a documentation decorator: it does without."""
    if "tensorflow" in sys.modules:
        yield
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["tensorflow"]

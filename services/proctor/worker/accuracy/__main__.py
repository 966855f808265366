"""Accuracy on labelled pairs: `python -m services.proctor.worker.accuracy PAIRS.csv`.

The CSV has the header `file_x,file_y,Decision` (Yes: the same person); the pictures lie beside it. Prints a
table and ends with `accuracy pairs=… right=… false_accepts=… false_rejects=…`; the raw values go to
.run/reports/accuracy.json.
Exits with 1 when below 99.5 % right or when another person is accepted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.proctor.worker.accuracy.measurement import measure
from services.proctor.worker.accuracy.pairs import Pair, read_pairs
from services.proctor.worker.accuracy.report import print_table, write_report
from services.proctor.worker.adapters.mediapipe_detector import FaceDetector
from services.proctor.worker.adapters.models import recogniser_from
from services.proctor.worker.domain.detection import Detector
from services.proctor.worker.domain.recogniser import Recogniser


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the recogniser of the settings."""
    parser = argparse.ArgumentParser(description="Accuracy of the face recogniser on labelled pairs")
    parser.add_argument("pairs", type=Path, metavar="PAIRS.csv")
    path: Path = parser.parse_args(arguments).pairs
    pairs = read_pairs(path)
    return run(path.parent, pairs, recogniser_from(), FaceDetector())


def run(folder: Path, pairs: Sequence[Pair], recogniser: Recogniser, detector: Detector) -> int:
    """Measure on pictures in `folder`, report, and say by the exit status whether it suffices."""
    measurement = measure(folder, pairs, recogniser, detector)
    print_table(measurement)
    write_report(measurement)
    print("accuracy " + " ".join(f"{name}={value}" for name, value in measurement.figures.items()))
    return int(not measurement.sufficient)


if __name__ == "__main__":
    sys.exit(main())

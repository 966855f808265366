"""Accuracy on labelled pairs: `python -m services.proctor.worker.accuracy PAIRS.csv`.

The CSV has the header `file_x,file_y,Decision` (Yes: the same person); the pictures lie beside it. Prints a
table and ends with `accuracy pairs=… right=… false_accepts=… false_rejects=…`; the raw values go to
.run/reports/accuracy.json.
Exits with 1 when below 99.5 % right or when another person is accepted.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.chips import face_chip
from services.proctor.worker.detector import FaceDetector, Outcome
from services.proctor.worker.engine import mirrored_embeddings
from services.proctor.worker.images import ImageError, decode
from services.proctor.worker.recogniser import Recogniser, distance, recogniser_from

REPORT = Path(".run/reports/accuracy.json")
REQUIRED = 0.995  # share of pairs decided right


@dataclass(frozen=True)
class Pair:
    """Two pictures and whether they show the same person."""

    file_x: str
    file_y: str
    same: bool


@dataclass(frozen=True)
class Verdict:
    """What the recogniser made of a pair; `distance` (L2) is None where a picture has no face to compare."""

    pair: Pair
    distance: float | None
    accepted: bool

    @property
    def right(self) -> bool:
        return self.accepted == self.pair.same


@dataclass(frozen=True)
class Embedded:
    """The largest face of a picture; a face check would refuse a group picture, here it is judged by it."""

    outcome: Outcome
    embedding: NDArray[np.float32] | None


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a CSV.

    Raises:
        ValueError: a column is missing or a decision is neither Yes nor No.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [_pair(row) for row in csv.DictReader(file)]


def embed_files(folder: Path, names: Sequence[str], recogniser: Recogniser) -> dict[str, Embedded]:
    """The largest face of every named picture."""
    detector = FaceDetector()
    outcomes: dict[str, Outcome] = {}
    chips: dict[str, NDArray[np.uint8]] = {}
    for at, name in enumerate(names, start=1):
        outcomes[name], chip = _chip(folder / name, detector)
        if chip is not None:
            chips[name] = chip
        if at % 20 == 0 or at == len(names):
            print(f"  {at}/{len(names)} pictures", file=sys.stderr, flush=True)
    embeddings = dict(zip(chips, mirrored_embeddings(recogniser, list(chips.values())), strict=True))
    return {name: Embedded(outcome, embeddings.get(name)) for name, outcome in outcomes.items()}


def decide(pair: Pair, faces: dict[str, Embedded], threshold: float) -> Verdict:
    """Accepted when both have a face and their distance is at most `threshold`."""
    one, other = faces[pair.file_x].embedding, faces[pair.file_y].embedding
    if one is None or other is None:
        return Verdict(pair, None, False)
    apart = distance(one, other)
    return Verdict(pair, apart, apart <= threshold)


def summary(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """The counts of the last line."""
    return {
        "pairs": len(verdicts),
        "right": sum(verdict.right for verdict in verdicts),
        "false_accepts": sum(verdict.accepted and not verdict.pair.same for verdict in verdicts),
        "false_rejects": sum(verdict.pair.same and not verdict.accepted for verdict in verdicts),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report, and say by the exit status whether it suffices."""
    parser = argparse.ArgumentParser(description="Accuracy of the face recogniser on labelled pairs")
    parser.add_argument("pairs", type=Path, metavar="PAIRS.csv")
    path = parser.parse_args(arguments).pairs
    pairs = read_pairs(path)
    recogniser = recogniser_from()
    start = time.perf_counter()
    faces = embed_files(
        path.parent, sorted({name for p in pairs for name in (p.file_x, p.file_y)}), recogniser
    )
    seconds = time.perf_counter() - start
    verdicts = [decide(pair, faces, recogniser.threshold) for pair in pairs]
    figures = summary(verdicts)
    _print_table(verdicts, faces, recogniser, seconds)
    _write_report(figures, verdicts, faces, recogniser, seconds)
    print("accuracy " + " ".join(f"{name}={value}" for name, value in figures.items()))
    return int(not pairs or figures["false_accepts"] > 0 or figures["right"] < REQUIRED * len(pairs))


def _pair(row: dict[str, str]) -> Pair:
    decision = (row.get("Decision") or "").strip()
    if decision not in ("Yes", "No") or not row.get("file_x") or not row.get("file_y"):
        raise ValueError(f"needs file_x,file_y,Decision (Yes or No), got {row}")
    return Pair(row["file_x"].strip(), row["file_y"].strip(), decision == "Yes")


def _chip(path: Path, detector: FaceDetector) -> tuple[Outcome, NDArray[np.uint8] | None]:
    try:
        picture = decode(path.read_bytes())
    except ImageError:
        return Outcome.UNREADABLE, None
    found = detector.detect(picture)
    return found.outcome, None if found.mesh is None else face_chip(picture, found.five_points)


def _print_table(
    verdicts: Sequence[Verdict], faces: dict[str, Embedded], recogniser: Recogniser, seconds: float
) -> None:
    print(f"recogniser {recogniser.name}, threshold L2 <= {recogniser.threshold}")
    print(f"weights    {recogniser.version}")
    print(f"pictures   {len(faces)} in {seconds:.1f} s")
    for name, face in faces.items():
        if face.outcome is not Outcome.OK:
            print(f"           {name}: {face.outcome} (largest face taken)")
    print(f"\n{'pairs':<16}{'count':>6}{'right':>7}{'nearest':>9}{'median':>8}{'farthest':>10}")
    for title, same in (("same person", True), ("other person", False)):
        _print_row(title, [verdict for verdict in verdicts if verdict.pair.same is same])
    for verdict in verdicts:
        if not verdict.right:
            print(f"wrong: {verdict.pair} L2={verdict.distance}")
    print()


def _print_row(title: str, verdicts: list[Verdict]) -> None:
    apart = [verdict.distance for verdict in verdicts if verdict.distance is not None] or [float("nan")]
    right = sum(verdict.right for verdict in verdicts)
    print(
        f"{title:<16}{len(verdicts):>6}{right:>7}{min(apart):>9.3f}{np.median(apart):>8.3f}{max(apart):>10.3f}"
    )


def _write_report(
    figures: dict[str, int],
    verdicts: Sequence[Verdict],
    faces: dict[str, Embedded],
    recogniser: Recogniser,
    seconds: float,
) -> None:
    report: dict[str, Any] = {
        "name": "accuracy",
        "figures": figures,
        "machine": _machine(),
        "commit": _commit(),
        "recogniser": {
            "name": recogniser.name,
            "version": recogniser.version,
            "threshold": recogniser.threshold,
        },
        "seconds": seconds,
        "outcomes": {name: face.outcome for name, face in faces.items()},
        "raw": [{**asdict(v.pair), "distance": v.distance, "accepted": v.accepted} for v in verdicts],
    }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
    return {
        "system": platform.system(),
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())

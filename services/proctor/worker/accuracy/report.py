"""The table on the screen and the report with every raw value."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.accuracy.measurement import Decision, Measurement

REPORT = Path(".run/reports/accuracy.json")


def print_table(measurement: Measurement) -> None:
    """Distances (L2) of same and of other persons, and every pair that was decided wrong."""
    recogniser, faces = measurement.recogniser, measurement.faces
    print(f"recogniser {recogniser.name}, threshold L2 <= {recogniser.threshold}")
    print(f"weights    {recogniser.version}")
    print(f"pictures   {len(faces)} in {measurement.seconds:.1f} s")
    for name, face in faces.items():
        if face.outcome is not FaceOutcome.OK:
            print(f"           {name}: {face.outcome} (largest face taken)")
    print(f"\n{'pairs':<16}{'count':>6}{'right':>7}{'nearest':>9}{'median':>8}{'farthest':>10}")
    for title, same in (("same person", True), ("other person", False)):
        print(_row(title, [decision for decision in measurement.decisions if decision.pair.same is same]))
    for decision in measurement.decisions:
        if not decision.right:
            print(f"wrong: {decision.pair} L2={decision.distance}")
    print()


def write_report(measurement: Measurement) -> None:
    """`REPORT`, below the present folder."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(_report(measurement), indent=1) + "\n", encoding="utf-8")


def _row(title: str, decisions: Sequence[Decision]) -> str:
    distances = [each.distance for each in decisions if each.distance is not None] or [float("nan")]
    right = sum(decision.right for decision in decisions)
    nearest, median, farthest = min(distances), np.median(distances), max(distances)
    return f"{title:<16}{len(decisions):>6}{right:>7}{nearest:>9.3f}{median:>8.3f}{farthest:>10.3f}"


def _report(measurement: Measurement) -> dict[str, object]:
    recogniser = measurement.recogniser
    return {
        "name": "accuracy",
        "figures": measurement.figures,
        "machine": _machine(),
        "commit": _commit(),
        "recogniser": {
            "name": recogniser.name,
            "version": recogniser.version,
            "threshold": recogniser.threshold,
        },
        "seconds": measurement.seconds,
        "outcomes": {name: face.outcome for name, face in measurement.faces.items()},
        "raw": [_raw(decision) for decision in measurement.decisions],
    }


def _raw(decision: Decision) -> dict[str, object]:
    return {**asdict(decision.pair), "distance": decision.distance, "accepted": decision.accepted}


def _machine() -> dict[str, object]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return {
        "system": platform.system(),
        "cpu": next(models, "unknown"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"  # noqa: S603

"""What a recogniser makes of labelled pairs."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.accuracy.pairs import Pair
from services.proctor.worker.domain.arrays import Chip, Embedding
from services.proctor.worker.domain.chips import face_chip
from services.proctor.worker.domain.detection import Detector
from services.proctor.worker.domain.recogniser import Recogniser, distance
from services.proctor.worker.engine.decoding import ImageError, decode
from services.proctor.worker.engine.identity import mirrored_embeddings

MIN_RIGHT = 0.995  # share of pairs decided right


@dataclass(frozen=True)
class Decision:
    """What the recogniser made of a pair; `distance` (L2) is None where a picture has no face to compare."""

    pair: Pair
    distance: float | None
    accepted: bool

    @property
    def right(self) -> bool:
        """Whether the decision is the label's."""
        return self.accepted == self.pair.same


@dataclass(frozen=True)
class LargestFace:
    """The largest face of a picture; a face check would refuse a group picture, here it is judged by it."""

    outcome: FaceOutcome
    embedding: Embedding | None


@dataclass(frozen=True)
class Measurement:
    """All that was measured of `recogniser`."""

    recogniser: Recogniser
    faces: dict[str, LargestFace]  # by the name of the picture
    decisions: list[Decision]
    seconds: float  # to read and embed the pictures

    @property
    def figures(self) -> dict[str, int]:
        """The counts of the last line."""
        return {
            "pairs": len(self.decisions),
            "right": sum(each.right for each in self.decisions),
            "false_accepts": sum(each.accepted and not each.pair.same for each in self.decisions),
            "false_rejects": sum(each.pair.same and not each.accepted for each in self.decisions),
        }

    @property
    def sufficient(self) -> bool:
        """Enough pairs are right and no stranger is accepted; no pairs prove nothing."""
        figures = self.figures
        enough = figures["right"] >= MIN_RIGHT * figures["pairs"]
        return figures["pairs"] > 0 and figures["false_accepts"] == 0 and enough


def measure(folder: Path, pairs: Sequence[Pair], recogniser: Recogniser, detector: Detector) -> Measurement:
    """Decide every pair of pictures in `folder`."""
    start = time.perf_counter()
    names = sorted({name for pair in pairs for name in (pair.file_x, pair.file_y)})
    faces = _faces(folder, names, recogniser, detector)
    seconds = time.perf_counter() - start
    decisions = [_decided(pair, faces, recogniser.threshold) for pair in pairs]
    return Measurement(recogniser, faces, decisions, seconds)


def _faces(
    folder: Path, names: Sequence[str], recogniser: Recogniser, detector: Detector
) -> dict[str, LargestFace]:
    outcomes: dict[str, FaceOutcome] = {}
    chips: dict[str, Chip] = {}
    for count, name in enumerate(names, start=1):
        outcomes[name], chip = _chip(folder / name, detector)
        if chip is not None:
            chips[name] = chip
        if count % 20 == 0 or count == len(names):
            print(f"  {count}/{len(names)} pictures", file=sys.stderr, flush=True)
    embeddings = dict(zip(chips, mirrored_embeddings(recogniser, list(chips.values())), strict=True))
    return {name: LargestFace(outcome, embeddings.get(name)) for name, outcome in outcomes.items()}


def _chip(path: Path, detector: Detector) -> tuple[FaceOutcome, Chip | None]:
    try:
        picture = decode(path.read_bytes())
    except ImageError:
        return FaceOutcome.UNREADABLE, None
    detection = detector.detect(picture)
    chip = None if detection.mesh is None else face_chip(picture, detection.five_points)
    return detection.outcome, chip


def _decided(pair: Pair, faces: dict[str, LargestFace], threshold: float) -> Decision:
    """Accepted when both have a face and their distance is at most `threshold`."""
    one, other = faces[pair.file_x].embedding, faces[pair.file_y].embedding
    if one is None or other is None:
        return Decision(pair, None, False)
    apart = distance(one, other)
    return Decision(pair, apart, apart <= threshold)

"""What passive anti-spoofing (防翻拍, R20) offers, and its absence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.proctor.worker.domain.arrays import Picture
from services.proctor.worker.domain.detection import Box


@dataclass(frozen=True)
class Spoofing:
    """What the networks think of one face: `real` is the probability of a live face, 0–1."""

    is_real: bool  # the live class is the likeliest of the three
    real: float


class AntiSpoof(Protocol):
    """Judges faces by texture and surroundings."""

    @property
    def version(self) -> str | None:
        """Names the weights; None where there are none."""
        ...

    def judge(self, faces: Sequence[tuple[Picture, Box]]) -> list[Spoofing | None]:
        """One verdict per face, in order; None where anti-spoofing is absent."""
        ...


class AbsentAntiSpoof:
    """Takes the place of anti-spoofing where no weights are provisioned, and says so in every result."""

    version = None

    def judge(self, faces: Sequence[tuple[Picture, Box]]) -> list[Spoofing | None]:
        """None for every face."""
        return [None] * len(faces)


def least_real(verdicts: Sequence[Spoofing | None]) -> Spoofing | None:
    """The most suspicious of the verdicts; None where there is none."""
    judged = [verdict for verdict in verdicts if verdict is not None]
    return min(judged, key=lambda verdict: verdict.real) if judged else None

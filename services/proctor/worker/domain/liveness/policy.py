"""The thresholds of liveness."""

from __future__ import annotations

from dataclasses import dataclass

from services.proctor.domain.verification import NEUTRAL_FRAMES


@dataclass(frozen=True)
class LivenessPolicy:
    """⚙ Thresholds. Angles are degrees from the baseline; the tests' clips hold the measured values.

    Evidence carries these fields by their names (R20), so a released name stays.
    """

    blink: float = 0.22  # share of the neutral eye opening that is lost
    turn: float = 8.0
    nod: float = 7.0
    mouth: float = 0.12  # growth of the mouth ratio
    returned: float = 0.5  # an excursion ends below this share of its threshold
    neutral_frames: int = NEUTRAL_FRAMES  # how many frames at the start show the neutral face
    neutral_yaw: float = 20.0  # a baseline further to the side is no baseline
    usable: float = 0.7  # smallest share of frames with a face
    motion: float = 0.002  # smallest spread of the poses: below it all frames are one picture

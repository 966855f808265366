"""Figures of a declaration photo (报名照片, R3, R4): what was measured, not whether it suffices.

The thresholds are rules of the service that asks. It reads these fields by their names, so a name stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.proctor.domain.jobs import FaceOutcome


@dataclass(frozen=True)
class PhotoFigures:
    """Measured from the bytes. What belongs to a face is None where there is no single one."""

    outcome: FaceOutcome
    format: str  # "JPEG", "PNG", or "" when unreadable
    bytes: int
    width: int  # px, as stored
    height: int
    faces: int
    face_box: tuple[float, float, float, float] | None  # x, y, width, height in px
    eye_distance: float | None = None  # px between the outer eye corners
    yaw: float | None = None  # degrees; positive to the person's left
    pitch: float | None = None  # degrees; positive when bowed, a frontal face lies between about -10 and 15
    roll: float | None = None  # degrees; positive when leaning to the person's right
    luma: float | None = None  # mean of the face, 0–255
    blue_share: float | None = None  # share of blue among the background beside and above the head, 0–1
    light_share: float | None = None  # share of light, colourless pixels there, 0–1

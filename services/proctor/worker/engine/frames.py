"""Frames of a job: what was seen in each, and on which of them identity rests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.domain.arrays import Chip, Picture
from services.proctor.worker.domain.chips import face_chip
from services.proctor.worker.domain.detection import Box, Detection, Detector
from services.proctor.worker.domain.pose import Pose, pose_of
from services.proctor.worker.engine.decoding import ImageError, decode


@dataclass(frozen=True)
class Frame:
    """What was seen in one image. Its pixels are dropped: of 32 jobs' frames they would fill gigabytes."""

    index: int
    data: bytes
    detection: Detection
    pose: Pose | None  # None where there is no mesh

    @property
    def usable(self) -> bool:
        """Whether a face in it can be judged."""
        return self.detection.outcome is FaceOutcome.OK


@dataclass(frozen=True)
class Face:
    """The pixels of a usable frame, decoded a second time."""

    picture: Picture
    detection: Detection

    @property
    def box(self) -> Box:
        """Where the face is; a usable frame has one."""
        assert self.detection.box is not None
        return self.detection.box

    @property
    def chip(self) -> Chip:
        """The aligned chip for the recogniser."""
        return face_chip(self.picture, self.detection.five_points)


def look(index: int, data: bytes, detector: Detector) -> Frame:
    """Decode one image and find its face."""
    try:
        picture = decode(data)
    except ImageError:
        return Frame(index, data, Detection(FaceOutcome.UNREADABLE, 0), None)
    detection = detector.detect(picture)
    return Frame(index, data, detection, None if detection.mesh is None else pose_of(detection.mesh))


def face_in(frame: Frame) -> Face:
    """The pixels of a frame again."""
    return Face(decode(frame.data), frame.detection)


def most_frontal(frames: Sequence[Frame], count: int) -> tuple[Frame, ...]:
    """At most `count` usable frames for identity to rest on: the most frontal ones, spread in time."""
    usable = [frame for frame in frames if frame.usable]
    parts = [part for part in np.array_split(np.arange(len(usable)), count) if len(part)]
    return tuple(min((usable[at] for at in part), key=_deviation) for part in parts)


def outcome_of(frames: Sequence[Frame]) -> FaceOutcome:
    """OK when a frame is usable, else what stood in the way of most of them."""
    outcomes = [frame.detection.outcome for frame in frames] or [FaceOutcome.UNREADABLE]
    return FaceOutcome.OK if FaceOutcome.OK in outcomes else max(outcomes, key=outcomes.count)


def _deviation(frame: Frame) -> float:
    """How far a face is from frontal and calm: degrees, the mouth weighed in."""
    assert frame.pose is not None
    return abs(frame.pose.yaw) + abs(frame.pose.roll) + 60 * frame.pose.mouth

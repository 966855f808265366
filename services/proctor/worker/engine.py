"""The face work of a batch of jobs: detect, align, embed in one TensorFlow batch, compare, score liveness.

Pure computation on bytes and arrays: the process around it brings the jobs and carries the results away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.proctor.worker.antispoof import AbsentAntiSpoof, AntiSpoof, Spoofing
from services.proctor.worker.chips import face_chip
from services.proctor.worker.detector import Box, Detection, FaceDetector, Outcome
from services.proctor.worker.images import ImageError, decode
from services.proctor.worker.liveness import Liveness, LivenessPolicy, Prompt, judge
from services.proctor.worker.photo import PhotoFigures, photo_figures
from services.proctor.worker.pose import Pose, pose_of
from services.proctor.worker.recogniser import BATCH, Recogniser, distance

EMBEDDED_FRAMES = 3  # most frontal frames of a liveness sequence that identity rests on


@dataclass(frozen=True)
class FaceJob:
    """One question: the face in `images` (encoded, in order), and whose it is.

    With `prompts` the images are the frames of an active liveness sequence, else the best usable one counts.
    `reference` is the stored embedding to compare with, made by the model of `reference_version`.
    """

    id: str
    images: tuple[bytes, ...]
    reference: NDArray[np.float32] | None = None
    reference_version: str | None = None
    prompts: tuple[str, ...] = ()
    photo: bool = False  # also measure the first image as a declaration photo

    def __post_init__(self) -> None:
        """Raises ValueError for a prompt that does not exist: here it harms this job alone."""
        for prompt in self.prompts:
            Prompt(prompt)


@dataclass(frozen=True)
class FaceResult:
    """The answer with all it rests on (R20). `embedding` and what follows need an outcome of OK."""

    id: str
    outcome: Outcome
    model: str
    model_version: str
    threshold: float  # largest L2 distance of a match
    embedding: NDArray[np.float32] | None = None
    distance: float | None = None  # L2 to the reference; None without a comparable reference
    match: bool | None = None
    reference_outdated: bool = False  # the reference comes from another model: embed its photo anew
    identity_spread: float | None = None  # largest L2 between the embedded frames of one liveness sequence
    liveness: Liveness | None = None
    spoofing: Spoofing | None = None
    spoofing_version: str | None = None  # None: anti-spoofing is absent
    photo: PhotoFigures | None = None
    used_frames: tuple[int, ...] = ()  # indices of the images that were embedded
    luma: float | None = None
    face_px: float | None = None


@dataclass(frozen=True)
class _Frame:
    """What was seen in one image. Its pixels are dropped: of 32 jobs' frames they would fill gigabytes."""

    index: int
    data: bytes
    detection: Detection
    pose: Pose | None


@dataclass(frozen=True)
class _Prepared:
    job: FaceJob
    outcome: Outcome
    chosen: tuple[_Frame, ...]
    liveness: Liveness | None
    photo: PhotoFigures | None


class FaceEngine:
    """Analyses jobs in batches. MediaPipe runs on `threads` threads, TensorFlow once per batch of faces."""

    def __init__(
        self,
        recogniser: Recogniser,
        antispoof: AntiSpoof | None = None,
        detector: FaceDetector | None = None,
        policy: LivenessPolicy | None = None,
        threads: int | None = None,
    ) -> None:
        self.recogniser = recogniser
        self.antispoof = antispoof or AbsentAntiSpoof()
        self.detector = detector or FaceDetector()
        self.policy = policy or LivenessPolicy()
        self._pool = ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1), "face")

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown()

    def analyse(self, jobs: Sequence[FaceJob]) -> list[FaceResult]:
        """One result per job, in order; what cannot be judged is an outcome, never an exception."""
        frames = (
            self._pool.map(self._frame, *zip(*_numbered(jobs), strict=True)) if _count(jobs) else iter(())
        )
        prepared = [self._prepared(job, frames) for job in jobs]
        faces = [(decode(frame.data), frame.detection) for each in prepared for frame in each.chosen]
        chips = [face_chip(picture, detection.five_points) for picture, detection in faces]
        embeddings = iter(mirrored_embeddings(self.recogniser, chips))
        spoofing = iter(self.antispoof.judge([(picture, _box(detection)) for picture, detection in faces]))
        return [self._result(each, embeddings, spoofing) for each in prepared]

    def _frame(self, index: int, data: bytes) -> _Frame:
        try:
            picture = decode(data)
        except ImageError:
            return _Frame(index, data, Detection(Outcome.UNREADABLE, 0), None)
        detection = self.detector.detect(picture)
        return _Frame(index, data, detection, None if detection.mesh is None else pose_of(detection.mesh))

    def _prepared(self, job: FaceJob, frames: Iterator[_Frame]) -> _Prepared:
        own = [next(frames) for _ in job.images]
        liveness = self._liveness(job, own)
        chosen = _chosen(own, EMBEDDED_FRAMES if job.prompts else 1)
        photo = photo_figures(job.images[0], own[0].detection) if job.photo and own else None
        return _Prepared(job, _outcome(own, chosen), chosen, liveness, photo)

    def _liveness(self, job: FaceJob, frames: list[_Frame]) -> Liveness | None:
        if not job.prompts:
            return None
        poses = [frame.pose if frame.detection.outcome is Outcome.OK else None for frame in frames]
        return judge(poses, job.prompts, self.policy)

    def _result(
        self,
        prepared: _Prepared,
        embeddings: Iterator[NDArray[np.float32]],
        spoofing: Iterator[Spoofing | None],
    ) -> FaceResult:
        own = [next(embeddings) for _ in prepared.chosen]
        spoofed = [next(spoofing) for _ in prepared.chosen]
        embedding = np.mean(own, axis=0, dtype=np.float32) if own else None
        first = prepared.chosen[0].detection if own else None
        apart, match, outdated = self._compared(prepared.job, embedding)
        return FaceResult(
            id=prepared.job.id,
            outcome=prepared.outcome,
            model=self.recogniser.name,
            model_version=self.recogniser.version,
            threshold=self.recogniser.threshold,
            embedding=embedding,
            distance=apart,
            match=match,
            reference_outdated=outdated,
            identity_spread=_spread(own),
            liveness=prepared.liveness,
            spoofing=_least_real(spoofed),
            spoofing_version=self.antispoof.version,
            photo=prepared.photo,
            used_frames=tuple(frame.index for frame in prepared.chosen),
            luma=first.luma if first else None,
            face_px=first.box.side if first and first.box else None,
        )

    def _compared(
        self, job: FaceJob, embedding: NDArray[np.float32] | None
    ) -> tuple[float | None, bool | None, bool]:
        if job.reference is None:
            return None, None, False
        if job.reference_version != self.recogniser.version:
            return None, None, True
        if embedding is None:
            return None, None, False
        apart = distance(embedding, job.reference)
        return apart, apart <= self.recogniser.threshold, False


def mirrored_embeddings(recogniser: Recogniser, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Embeddings of `chips`, each the mean of the chip and its mirror image.

    The mean is steadier than one chip (dlib's own jitter mirrors too): over 38 pairs of the same person the
    largest distance falls from 0.599 to 0.572, over 262 other pairs the smallest from 0.651 to 0.642.
    """
    both = [side for chip in chips for side in (chip, chip[:, ::-1])]
    batches = [np.stack(both[at : at + 2 * BATCH]) for at in range(0, len(both), 2 * BATCH)]
    if not batches:
        return np.empty((0, 0), np.float32)
    embedded = np.concatenate([recogniser.embed(batch) for batch in batches])
    return embedded.reshape(len(chips), 2, -1).mean(axis=1)


def _numbered(jobs: Sequence[FaceJob]) -> Iterator[tuple[int, bytes]]:
    return (item for job in jobs for item in enumerate(job.images))


def _count(jobs: Sequence[FaceJob]) -> int:
    return sum(len(job.images) for job in jobs)


def _chosen(frames: list[_Frame], count: int) -> tuple[_Frame, ...]:
    """The usable frames that identity rests on: the most frontal ones, spread over the sequence."""
    usable = [frame for frame in frames if frame.detection.outcome is Outcome.OK]
    parts = [part for part in np.array_split(np.arange(len(usable)), count) if len(part)]
    return tuple(min((usable[at] for at in part), key=_turned) for part in parts)


def _turned(frame: _Frame) -> float:
    assert frame.pose is not None
    return abs(frame.pose.yaw) + abs(frame.pose.roll) + 60 * frame.pose.mouth


def _outcome(frames: list[_Frame], chosen: tuple[_Frame, ...]) -> Outcome:
    """OK when a frame could be used, else what stood in the way of most of them."""
    if chosen:
        return Outcome.OK
    outcomes = [frame.detection.outcome for frame in frames] or [Outcome.UNREADABLE]
    return max(outcomes, key=outcomes.count)


def _box(detection: Detection) -> Box:
    assert detection.box is not None
    return detection.box


def _spread(embeddings: list[NDArray[np.float32]]) -> float | None:
    if len(embeddings) < 2:
        return None
    return max(distance(one, other) for one in embeddings for other in embeddings)


def _least_real(verdicts: list[Spoofing | None]) -> Spoofing | None:
    judged = [verdict for verdict in verdicts if verdict is not None]
    return min(judged, key=lambda verdict: verdict.real) if judged else None

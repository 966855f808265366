"""The face work of a batch of jobs: detect, align, embed in one TensorFlow batch, compare, score liveness.

Pure computation on bytes and arrays: the process around it brings the jobs and carries the results away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.worker.domain.antispoof import AbsentAntiSpoof, AntiSpoof, Spoofing, least_real
from services.proctor.worker.domain.arrays import Embedding
from services.proctor.worker.domain.detection import Detector
from services.proctor.worker.domain.face_job import FaceJob, FaceResult
from services.proctor.worker.domain.liveness import Liveness, LivenessPolicy, judge
from services.proctor.worker.domain.photo_figures import PhotoFigures
from services.proctor.worker.domain.recogniser import Recogniser, spread
from services.proctor.worker.engine.frames import Frame, face_in, look, most_frontal, outcome_of
from services.proctor.worker.engine.identity import compared, mean_of, mirrored_embeddings
from services.proctor.worker.engine.photo import photo_figures

EMBEDDED_FRAMES = 3  # most frontal frames of a liveness sequence that identity rests on
MAX_THREADS = 4


@dataclass(frozen=True)
class _View:
    """What was seen in the images of a job, and the frames chosen for recognition."""

    job: FaceJob
    outcome: FaceOutcome
    chosen: tuple[Frame, ...]
    liveness: Liveness | None
    photo: PhotoFigures | None


class FaceEngine:
    """Analyses jobs in batches. The detector runs on `threads` threads, the recogniser once per batch."""

    def __init__(
        self,
        recogniser: Recogniser,
        detector: Detector,
        antispoof: AntiSpoof | None = None,
        policy: LivenessPolicy | None = None,
        threads: int | None = None,
    ) -> None:
        self.recogniser = recogniser
        self.detector = detector
        self.antispoof = antispoof or AbsentAntiSpoof()
        self.policy = policy or LivenessPolicy()
        self._pool = ThreadPoolExecutor(threads or min(MAX_THREADS, os.cpu_count() or 1), "face")

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown()

    def analyse(self, jobs: Sequence[FaceJob]) -> list[FaceResult]:
        """One result per job, in order; what cannot be judged is an outcome, never an exception."""
        frames = self._frames(jobs)
        views = [self._view(job, list(islice(frames, len(job.images)))) for job in jobs]
        faces = [face_in(frame) for view in views for frame in view.chosen]
        embeddings = iter(mirrored_embeddings(self.recogniser, [face.chip for face in faces]))
        spoofings = iter(self.antispoof.judge([(face.picture, face.box) for face in faces]))
        return [self._result(view, embeddings, spoofings) for view in views]

    def _frames(self, jobs: Sequence[FaceJob]) -> Iterator[Frame]:
        """The frames of all jobs, one after the other; all threads look at once."""
        images = [(index, data) for job in jobs for index, data in enumerate(job.images)]
        return self._pool.map(lambda image: look(image[0], image[1], self.detector), images)

    def _view(self, job: FaceJob, frames: list[Frame]) -> _View:
        chosen = most_frontal(frames, EMBEDDED_FRAMES if job.prompts else 1)
        photo = photo_figures(job.images[0], frames[0].detection) if job.photo and frames else None
        return _View(job, outcome_of(frames), chosen, self._liveness(job, frames), photo)

    def _liveness(self, job: FaceJob, frames: list[Frame]) -> Liveness | None:
        if not job.prompts:
            return None
        return judge([frame.pose if frame.usable else None for frame in frames], job.prompts, self.policy)

    def _result(
        self, view: _View, embeddings: Iterator[Embedding], spoofings: Iterator[Spoofing | None]
    ) -> FaceResult:
        """Takes as many embeddings and verdicts as the view has chosen frames."""
        own = list(islice(embeddings, len(view.chosen)))
        embedding = mean_of(own)
        comparison = compared(embedding, view.job.reference, self.recogniser)
        first = view.chosen[0].detection if view.chosen else None
        return FaceResult(
            id=view.job.id,
            outcome=view.outcome,
            model=self.recogniser.name,
            model_version=self.recogniser.version,
            threshold=self.recogniser.threshold,
            embedding=embedding,
            distance=comparison.distance,
            match=comparison.match,
            reference_outdated=comparison.outdated,
            identity_spread=spread(own),
            liveness=view.liveness,
            spoofing=least_real(list(islice(spoofings, len(view.chosen)))),
            spoofing_version=self.antispoof.version,
            photo=view.photo,
            used_frames=tuple(frame.index for frame in view.chosen),
            luma=first.luma if first else None,
            face_px=first.box.side if first and first.box else None,
        )

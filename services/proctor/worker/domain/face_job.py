"""What the engine is asked about faces, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.domain.verification import Prompt
from services.proctor.worker.domain.antispoof import Spoofing
from services.proctor.worker.domain.arrays import Embedding
from services.proctor.worker.domain.liveness import Liveness
from services.proctor.worker.domain.photo_figures import PhotoFigures
from services.proctor.worker.domain.recogniser import Reference


@dataclass(frozen=True)
class FaceJob:
    """One question: the face in `images` (encoded, in order), and whose it is.

    With `prompts` the images are the frames of an active liveness sequence, else the best usable one counts.
    """

    id: str
    images: tuple[bytes, ...]
    reference: Reference | None = None
    prompts: tuple[Prompt, ...] = ()
    photo: bool = False  # also measure the first image as a declaration photo


@dataclass(frozen=True)
class FaceResult:
    """The answer with all it rests on (R20). `embedding` and what follows need an outcome of OK."""

    id: str
    outcome: FaceOutcome
    model: str
    model_version: str
    threshold: float  # largest L2 distance of a match
    embedding: Embedding | None = None
    distance: float | None = None  # L2 to the reference; None without a comparable reference
    match: bool | None = None
    reference_outdated: bool = False  # another model embedded the reference: its photo must be embedded again
    identity_spread: float | None = None  # largest L2 between the embedded frames of one liveness sequence
    liveness: Liveness | None = None
    spoofing: Spoofing | None = None
    spoofing_version: str | None = None  # None: anti-spoofing is absent
    photo: PhotoFigures | None = None
    used_frames: tuple[int, ...] = ()  # indices of the images that were embedded
    luma: float | None = None  # of the first frame used: mean of the face, 0–255
    face_px: float | None = None  # of the same: longer side of its box, px

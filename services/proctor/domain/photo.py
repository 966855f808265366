"""Declaration photos and the rules that they must meet (R3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.proctor.domain.jobs import Outcome
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.proctor import JobDone, JobKind, JobQueued, PhotoExamined
from shared.events.terms import LicenceCategory


class PhotoStatus(StrEnum):
    """审查状态."""

    EXAMINING = "examining"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class PhotoUnreadable(DomainError):
    """照片无法读取."""

    code = "photo.unreadable"
    message = "The file is damaged or not a picture 照片无法读取."


class PhotoTooLarge(DomainError):
    """照片文件过大 (R3)."""

    code = "photo.too_large"
    message = "The file has {measured} bytes, at most {limit} are allowed 照片文件过大."


class PhotoWrongFormat(DomainError):
    """照片格式不符 (R3), by the bytes and not by the file name."""

    code = "photo.wrong_format"
    message = "The file is {measured}, it must be {limit} 照片格式不符."


class PhotoWrongSize(DomainError):
    """照片像素不符 (R3)."""

    code = "photo.wrong_size"
    message = "The photo has {measured} px, it must have {limit} px 照片像素不符."


class PhotoNoFace(DomainError):
    """照片中没有人脸 (R3)."""

    code = "photo.no_face"
    message = "No face is found, one is needed 照片中没有检测到人脸."


class PhotoSeveralFaces(DomainError):
    """照片中不止一张人脸 (R3)."""

    code = "photo.several_faces"
    message = "{measured} faces are found, exactly one is needed 照片中不止一张人脸."


class PhotoFaceTooSmall(DomainError):
    """人脸过小 (R3)."""

    code = "photo.face_too_small"
    message = "The face is too small 照片中人脸过小."


class PhotoTooDark(DomainError):
    """照片过暗 (R3)."""

    code = "photo.too_dark"
    message = "The face is too dark: brightness {measured} of 255 照片过暗."


class PhotoNotFrontal(DomainError):
    """不是正面照 (R3); `axis` is yaw (left, right), pitch (up, down) or roll (leaning)."""

    code = "photo.not_frontal"
    message = "The face is turned by {measured}° ({axis}), allowed is {limit}° 不是正面照."


class PhotoNotBlue(DomainError):
    """背景不是蓝色 (R3)."""

    code = "photo.not_blue"
    message = "{measured} % of the background is blue, at least {limit} % is needed 背景不是蓝色."


class PhotoNotAccepted(DomainError):
    """照片未通过审查: a declaration rests on a photo that was not accepted."""

    code = "photo.not_accepted"
    kind = ErrorKind.CONFLICT
    message = "The photo has not been accepted 照片未通过审查."


class CategoryNotOpen(DomainError):
    """暂不受理该类别: photos of this licence category are not examined here yet (R4)."""

    code = "photo.category_not_open"
    message = "Photos for {category} are not taken yet 暂不受理该类别照片."


@dataclass(frozen=True, kw_only=True)
class File:
    """What the bytes of an uploaded file say, before any pixel is decoded."""

    bytes: int
    format: str  # JPEG, PNG, …
    width: int  # px
    height: int


@dataclass(frozen=True, kw_only=True)
class PhotoRules:
    """What a photo must meet; degrees, shares 0–1. ⚙ the guide gives no figures for "frontal" and "blue"."""

    formats: tuple[str, ...] = ("JPEG",)
    max_bytes: int = 50 * 1024  # inclusive
    width: int = 150
    height: int = 180
    min_blue_share: float = 0.6
    max_yaw: float = 15.0
    max_roll: float = 12.0
    min_pitch: float = -18.0  # a level face measures between -10 and 15
    max_pitch: float = 23.0

    def check_file(self, file: File) -> None:
        """Raises PhotoTooLarge, PhotoWrongFormat, PhotoWrongSize."""
        self.check_length(file.bytes)
        if file.format not in self.formats:
            raise PhotoWrongFormat(measured=file.format, limit=" or ".join(self.formats))
        if (file.width, file.height) != (self.width, self.height):
            wanted = f"{self.width}×{self.height}"
            raise PhotoWrongSize(measured=f"{file.width}×{file.height}", limit=wanted)

    def check_length(self, length: int) -> None:
        """Raises PhotoTooLarge."""
        if length > self.max_bytes:
            raise PhotoTooLarge(measured=length, limit=self.max_bytes)

    def failure(self, outcome: str, figures: Mapping[str, Any]) -> DomainError | None:
        """The first rule that the worker's figures break, with by how much; None when all are met."""
        if outcome != Outcome.OK:
            return _unusable(outcome, figures)
        return next(self._failures(figures), None)

    def _failures(self, figures: Mapping[str, Any]) -> Iterator[DomainError]:
        allowed = {
            "yaw": (-self.max_yaw, self.max_yaw),
            "pitch": (self.min_pitch, self.max_pitch),
            "roll": (-self.max_roll, self.max_roll),
        }
        for axis, (least, most) in allowed.items():
            if not least <= figures[axis] <= most:
                yield PhotoNotFrontal(axis=axis, measured=round(figures[axis], 1), limit=f"{least}…{most}")
        if figures["blue_share"] < self.min_blue_share:
            blue, needed = round(figures["blue_share"] * 100), round(self.min_blue_share * 100)
            yield PhotoNotBlue(measured=blue, limit=needed)


LEVEL_TWO = PhotoRules()


def _unusable(outcome: str, figures: Mapping[str, Any]) -> DomainError:
    if outcome == Outcome.SEVERAL_FACES:
        return PhotoSeveralFaces(measured=figures["faces"])
    if outcome == Outcome.TOO_DARK:
        return PhotoTooDark(measured=round(figures["luma"]))
    simple = {Outcome.NO_FACE: PhotoNoFace, Outcome.TOO_SMALL: PhotoFaceTooSmall}
    return simple.get(Outcome(outcome), PhotoUnreadable)()


@dataclass(kw_only=True)
class Photo(Aggregate):
    """申报照片: an uploaded declaration photo; its id also owns the key that seals it."""

    category: LicenceCategory
    sha256: str
    object_key: str
    uploaded_at: datetime
    status: PhotoStatus = PhotoStatus.EXAMINING
    outcome: str = ""
    figures: dict[str, Any] = field(default_factory=dict)  # as measured by the worker
    adopted_by: list[str] = field(default_factory=list)  # enrolments that declared it

    def queue(self) -> None:
        """Have its face measured."""
        self.record(
            JobQueued(job_id=self.id, kind=JobKind.PHOTO, owner=self.id, frame_keys=[self.object_key])
        )

    def conclude(self, done: JobDone, rules: PhotoRules) -> None:
        """审查: accept or refuse by the rules; a repeated answer changes nothing."""
        if self.status is not PhotoStatus.EXAMINING:
            return
        self.outcome, self.figures = done.outcome, done.figures
        failure = self.failure(rules)
        self.status = PhotoStatus.REFUSED if failure else PhotoStatus.ACCEPTED
        code = failure.code if failure else None
        self.record(PhotoExamined(photo_id=self.id, sha256=self.sha256, accepted=not failure, code=code))

    def failure(self, rules: PhotoRules) -> DomainError | None:
        """Why the examined photo is refused."""
        return rules.failure(self.outcome, self.figures)

    def adopt(self, enrollment_id: str) -> None:
        """A declaration rests on it. Raises PhotoNotAccepted."""
        if self.status is not PhotoStatus.ACCEPTED:
            raise PhotoNotAccepted()
        if enrollment_id not in self.adopted_by:
            self.adopted_by.append(enrollment_id)

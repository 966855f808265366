"""What a declaration photo must meet (R3), and the refusals that say what it fails and by how much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.proctor.domain.jobs import FaceOutcome
from shared.domain.errors import DomainError


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


@dataclass(frozen=True, kw_only=True)
class PhotoFile:
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

    def check_file(self, file: PhotoFile) -> None:
        """Raises PhotoTooLarge, PhotoWrongFormat, PhotoWrongSize."""
        if file.bytes > self.max_bytes:
            raise PhotoTooLarge(measured=file.bytes, limit=self.max_bytes)
        if file.format not in self.formats:
            raise PhotoWrongFormat(measured=file.format, limit=" or ".join(self.formats))
        if (file.width, file.height) != (self.width, self.height):
            measured, limit = f"{file.width}×{file.height}", f"{self.width}×{self.height}"
            raise PhotoWrongSize(measured=measured, limit=limit)

    def failure(self, outcome: FaceOutcome, figures: Mapping[str, Any]) -> DomainError | None:
        """The first rule that the worker's figures break, with by how much; None when all are met."""
        if outcome is not FaceOutcome.OK:
            return _unusable(outcome, figures)
        return next(self._failures(figures), None)

    def _failures(self, figures: Mapping[str, Any]) -> Iterator[DomainError]:
        allowed = {
            "yaw": (-self.max_yaw, self.max_yaw),
            "pitch": (self.min_pitch, self.max_pitch),
            "roll": (-self.max_roll, self.max_roll),
        }
        for axis, (low, high) in allowed.items():
            if not low <= figures[axis] <= high:
                yield PhotoNotFrontal(axis=axis, measured=round(figures[axis], 1), limit=f"{low}…{high}")
        if figures["blue_share"] < self.min_blue_share:
            blue, limit = round(figures["blue_share"] * 100), round(self.min_blue_share * 100)
            yield PhotoNotBlue(measured=blue, limit=limit)


LEVEL_TWO = PhotoRules()


def _unusable(outcome: FaceOutcome, figures: Mapping[str, Any]) -> DomainError:
    """Why there is nothing to measure."""
    match outcome:
        case FaceOutcome.SEVERAL_FACES:
            return PhotoSeveralFaces(measured=figures["faces"])
        case FaceOutcome.TOO_DARK:
            return PhotoTooDark(measured=round(figures["luma"]))
        case FaceOutcome.NO_FACE:
            return PhotoNoFace()
        case FaceOutcome.TOO_SMALL:
            return PhotoFaceTooSmall()
    return PhotoUnreadable()

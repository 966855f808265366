"""An uploaded declaration photo: queued, measured by the face worker, judged, declared (R3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.proctor.domain.jobs import FaceOutcome
from services.proctor.domain.photo_rules import PhotoRules
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.proctor import JobDone, JobKind, JobQueued, PhotoExamined
from shared.events.terms import LicenceCategory

PhotoRulesByCategory = Mapping[LicenceCategory, PhotoRules]


class PhotoStatus(StrEnum):
    """审查状态."""

    EXAMINING = "examining"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class PhotoNotAccepted(DomainError):
    """照片未通过审查: a declaration rests on a photo that was not accepted."""

    code = "photo.not_accepted"
    kind = ErrorKind.CONFLICT
    message = "The photo has not been accepted 照片未通过审查."


class CategoryNotOpen(DomainError):
    """暂不受理该类别: photos of this licence category are not examined here yet (R4)."""

    code = "photo.category_not_open"
    message = "Photos for {category} are not taken yet 暂不受理该类别照片."


@dataclass(kw_only=True)
class Photo(Aggregate):
    """申报照片: an uploaded declaration photo; its id also owns the key that seals it."""

    category: LicenceCategory
    sha256: str
    object_key: str
    uploaded_at: datetime
    status: PhotoStatus = PhotoStatus.EXAMINING
    outcome: FaceOutcome | None = None  # None: not measured yet
    figures: dict[str, Any] = field(default_factory=dict)  # as measured by the worker
    adopted_by: list[str] = field(default_factory=list)  # enrolments that declared it

    @property
    def open_jobs(self) -> dict[str, datetime]:
        """Jobs without an answer, each with a time before which it was not queued."""
        return {self.id: self.uploaded_at} if self.status is PhotoStatus.EXAMINING else {}

    def queue(self) -> None:
        """Have its face measured."""
        self.record(
            JobQueued(job_id=self.id, kind=JobKind.PHOTO, owner=self.id, frame_keys=[self.object_key])
        )

    def conclude(self, done: JobDone, rules: PhotoRules) -> None:
        """审查: accept or refuse by the rules; a repeated answer changes nothing."""
        if self.status is not PhotoStatus.EXAMINING:
            return
        self.outcome, self.figures = FaceOutcome(done.outcome), done.figures
        failure = self.failure(rules)
        self.status = PhotoStatus.REFUSED if failure else PhotoStatus.ACCEPTED
        code = failure.code if failure else None
        self.record(PhotoExamined(photo_id=self.id, sha256=self.sha256, accepted=not failure, code=code))

    def failure(self, rules: PhotoRules) -> DomainError | None:
        """The rule that it breaks; PhotoNotAccepted before it is measured, None when it is accepted."""
        return rules.failure(self.outcome, self.figures) if self.outcome else PhotoNotAccepted()

    def adopt(self, enrollment_id: str) -> None:
        """A declaration rests on it. Raises PhotoNotAccepted."""
        if self.status is not PhotoStatus.ACCEPTED:
            raise PhotoNotAccepted()
        if enrollment_id not in self.adopted_by:
            self.adopted_by.append(enrollment_id)


def rules_for(category: LicenceCategory, rules: PhotoRulesByCategory) -> PhotoRules:
    """The rules of a licence category. Raises CategoryNotOpen."""
    if category not in rules:
        raise CategoryNotOpen(category=category.value)
    return rules[category]

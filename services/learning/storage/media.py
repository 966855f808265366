"""Where uploads and renditions are kept."""

from datetime import datetime
from typing import Any

from services.learning.domain.rendition import Rendition, RenditionState
from services.learning.domain.upload import (
    DROPPED,
    FORGOTTEN_AFTER,
    GRACE,
    UNDER_WAY,
    UNUSED_AFTER,
    Upload,
    UploadState,
)
from services.learning.storage.service import SERVICE
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository


class Uploads(Repository[Upload]):
    """Uploads by id."""

    aggregate = Upload
    document = document_of(
        Upload,
        "uploads",
        service=SERVICE,
        indexes=[
            {"fields": ["organisation", "-started_at"], "name": "organisation"},
            {"fields": ["course_id", "sha256"], "name": "file"},
            {"fields": ["state", "job.due_at"], "name": "due"},
            {"fields": ["state", "touched_at"], "name": "idle"},
        ],
    )

    def of_file(self, course_id: str, sha256: str, size: int) -> Upload | None:
        """The upload of this file for this course that is under way or ready."""
        states = {"$in": [state.value for state in UNDER_WAY]}
        return self.first(course_id=course_id, sha256=sha256, size=size, state=states)

    def count_under_way(self, organisation: str) -> int:
        """How many uploads count against the limit of an organisation."""
        states = [state.value for state in UNDER_WAY]
        count: int = self.rows.count_documents({"organisation": organisation, "state": {"$in": states}})
        return count

    def queued(self, now: datetime) -> list[Upload]:
        """Some that can be examined, the longest-waiting first."""
        due: dict[str, Any] = {"job.due_at": {"$lte": now}}
        return self.find(order="job.due_at", limit=10, state=UploadState.QUEUED.value, **due)

    def idle(self, now: datetime) -> list[Upload]:
        """Some that nobody goes on with."""
        opened = {"state": UploadState.OPEN.value, "touched_at": {"$lte": now - FORGOTTEN_AFTER}}
        ready = {"state": UploadState.READY.value, "touched_at": {"$lte": now - UNUSED_AFTER}}
        either: dict[str, Any] = {"$or": [opened, ready]}
        return self.find(**either)

    def to_clean(self, now: datetime) -> list[Upload]:
        """Some whose objects may be deleted."""
        states = [state.value for state in (*DROPPED, UploadState.READY, UploadState.USED)]
        return self.find(cleaned=False, state={"$in": states}, touched_at={"$lte": now - GRACE})


class Renditions(Repository[Rendition]):
    """Renditions by id; one a lesson."""

    aggregate = Rendition
    document = document_of(
        Rendition,
        "renditions",
        service=SERVICE,
        indexes=[
            {"fields": ["state", "job.due_at"], "name": "due"},
            {"fields": ["course_id"], "name": "course"},
        ],
    )

    def waiting(self, now: datetime) -> list[Rendition]:
        """Some that can be made, the longest-waiting first."""
        due: dict[str, Any] = {"job.due_at": {"$lte": now}}
        return self.find(order="job.due_at", limit=10, state=RenditionState.WAITING.value, **due)

    def of_course(self, course_id: str) -> list[Rendition]:
        """Of all lessons of a course."""
        return list(self.each(course_id=course_id))

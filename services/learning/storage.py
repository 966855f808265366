"""Where courses, studies and learners are kept."""

from datetime import UTC, datetime
from typing import Any

from services.learning.domain import Course, Learner, PlaySession, Study, Turn
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
from shared.domain.errors import NotFound
from shared.events.learning import Ending
from shared.persistence.documents import document_of
from shared.persistence.repository import AlreadyExists, Repository

SERVICE = "learning"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MAX_WAKING = 500  # sessions that one look at the clock takes on


class Courses(Repository[Course]):
    """Courses by id."""

    aggregate = Course
    document = document_of(
        Course,
        "courses",
        service=SERVICE,
        indexes=[{"fields": ["organisation"], "name": "organisation"}],
    )


class Studies(Repository[Study]):
    """Studies by the id of their enrolment."""

    aggregate = Study
    document = document_of(
        Study, "studies", service=SERVICE, indexes=[{"fields": ["person_id"], "name": "person"}]
    )

    def of_person(self, person_id: str) -> list[Study]:
        """The newest 100 of a person, the newest first."""
        return self.find(order="-opened_at", person_id=person_id)


class Learners(Repository[Learner]):
    """Learners by the id of the person."""

    aggregate = Learner
    document = document_of(Learner, "learners", service=SERVICE)

    def of(self, person_id: str) -> Learner:
        """The person's standing; somebody of whom nothing is known yet is not verified (R16)."""
        return self.get_or(Learner(id=person_id))


class PlaySessions(Repository[PlaySession]):
    """Play sessions by id: those that go on, and those of the past."""

    aggregate = PlaySession
    document = document_of(
        PlaySession,
        "sessions",
        service=SERVICE,
        indexes=[
            {"fields": ["enrollment_id", "-entered_at"], "name": "enrollment"},
            {
                "fields": ["wake_at"],
                "name": "overdue",
                "partialFilterExpression": {"wake_at": {"$gt": LONG_AGO}},
            },
        ],
    )

    def find_one(self, id: str) -> PlaySession | None:
        """The session, if it was ever created."""
        return self.first(_id=id)

    def waking(self, now: datetime) -> list[PlaySession]:
        """Those that the mere passing of time has ended, the longest overdue first."""
        return [self.to_domain(row) for row in self.find_waking(now)]

    def find_waking(self, now: datetime) -> Any:
        """Their rows, found by the index of those that wait for a time."""
        overdue = {"wake_at": {"$gt": LONG_AGO, "$lte": now}}  # as the index is bounded
        return self.rows.find(overdue).sort("wake_at", 1).limit(MAX_WAKING)

    def end(self, turn: Turn, ending: Ending, person_id: str, now: datetime) -> PlaySession:
        """The session of this turn, ended: a later one may begin. One that never began never will."""

        def end(session: PlaySession) -> None:
            session.end(ending, now)

        try:
            return self.update_and_get(turn.session_id, end)
        except NotFound:
            pass
        try:
            return self.add(PlaySession.never_began(turn, ending, person_id=person_id, now=now))
        except AlreadyExists:  # it was created just now
            return self.update_and_get(turn.session_id, end)


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

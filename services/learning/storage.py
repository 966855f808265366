"""Where courses, studies and learners are kept."""

from datetime import datetime

from services.learning.domain import Course, Learner, PlaySession, Study, Turn
from shared.domain.errors import NotFound
from shared.events.learning import Ending
from shared.persistence.documents import document_of
from shared.persistence.repository import AlreadyExists, Repository

SERVICE = "learning"
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
                "name": "waking",
                "partialFilterExpression": {"wake_at": {"$type": "date"}},
            },
        ],
    )

    def find_one(self, id: str) -> PlaySession | None:
        """The session, if it was ever created."""
        return self.first(_id=id)

    def waking(self, now: datetime) -> list[PlaySession]:
        """Those that the mere passing of time has ended, the longest overdue first."""
        return self.find(order="wake_at", limit=MAX_WAKING, wake_at={"$lte": now})

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

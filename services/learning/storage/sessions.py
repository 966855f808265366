"""Play sessions in MongoDB: those that go on, and those of the past."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from services.learning.domain import PlaySession, Turn
from services.learning.storage.service import SERVICE
from shared.domain.errors import NotFound
from shared.events.learning import Ending
from shared.persistence.documents import document_of
from shared.persistence.repository import AlreadyExists, Repository

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MAX_WAKING = 500  # sessions that one look at the clock takes on


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

    def of_turn(self, turn: Turn | None) -> PlaySession | None:
        """The session that has the turn, ended or not; None when it never began."""
        session = self.find_one(turn.session_id) if turn else None
        return session if session and session.began else None

    def of_ids(self, ids: Collection[str]) -> dict[str, PlaySession]:
        """Those of these sessions that exist, by id."""
        found = self.find(limit=len(ids), _id={"$in": sorted(ids)}) if ids else []
        return {session.id: session for session in found}

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

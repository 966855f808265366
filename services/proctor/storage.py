"""Photos, face profiles and proctored sessions in MongoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime

from services.proctor.domain import FaceProfile, Photo, ProctoredSession, VerificationState
from services.proctor.domain.check import CheckState
from services.proctor.domain.photo import PhotoStatus
from services.proctor.domain.streak import Streak
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

SERVICE = "proctor"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MAX_WAKING = 500  # sessions that one look at the clock takes on
MAX_NEWER = 1_000  # sessions that a person may enter while a frame is judged


class Photos(Repository[Photo]):
    """申报照片."""

    aggregate = Photo
    document = document_of(Photo, "photos", service=SERVICE)

    def examining(self) -> Iterator[Photo]:
        """Those that the face worker has still to measure."""
        return self.each(status=PhotoStatus.EXAMINING.value)


class FaceProfiles(Repository[FaceProfile]):
    """人脸档案."""

    aggregate = FaceProfile
    document = document_of(FaceProfile, "profiles", service=SERVICE)

    def of(self, person_id: str) -> FaceProfile:
        """The person's profile, an empty one if nothing is known yet."""
        return self.get_or(FaceProfile(id=person_id))

    def examining(self) -> Iterator[FaceProfile]:
        """Those with a verification that the face worker has still to judge."""
        return self.each(**{"verifications.state": VerificationState.EXAMINING.value})


class ProctoredSessions(Repository[ProctoredSession]):
    """监看."""

    aggregate = ProctoredSession
    document = document_of(
        ProctoredSession,
        "watches",
        service=SERVICE,
        indexes=[
            {"fields": ["person_id", "-turn"], "name": "latest_of_person"},
            {
                "fields": ["wake_at"],
                "name": "overdue",
                "partialFilterExpression": {"wake_at": {"$gt": LONG_AGO}},
            },
        ],
    )

    def waking(self, now: datetime) -> list[ProctoredSession]:
        """Those in which the mere passing of time has changed something, the longest overdue first."""
        overdue = {"$gt": LONG_AGO, "$lte": now}  # as the index is bounded
        return self.find(order="wake_at", limit=MAX_WAKING, wake_at=overdue)

    def streak_before(self, session: ProctoredSession) -> Streak:
        """The person's failures in a row, in whatever lesson, up to when this session began (R18)."""
        earlier = self.first(
            order="-turn",
            person_id=session.person_id,
            turn={"$lt": session.turn},
            value={"$ne": None},  # without learning's value nothing was asked, nor counted
        )
        return earlier.streak if earlier else Streak()

    def entered_after(self, session: ProctoredSession) -> list[ProctoredSession]:
        """The person's newer sessions, the oldest of them first."""
        return self.find(
            order="turn",
            limit=MAX_NEWER,
            person_id=session.person_id,
            turn={"$gt": session.turn},
        )

    def going_on_before(self, turn: int, person_id: str) -> Iterator[ProctoredSession]:
        """The person's sessions before this turn that are not over."""
        return self.each(over=False, person_id=person_id, turn={"$lt": turn})

    def superseded(self, person_id: str) -> Iterator[ProctoredSession]:
        """Those that go on although the person has entered a newer one, of whatever lesson."""
        if newest := self.first(order="-turn", person_id=person_id):
            yield from self.going_on_before(newest.turn, person_id)

    def examining(self) -> Iterator[ProctoredSession]:
        """Those with a frame that the face worker has still to judge."""
        return self.each(**{"checks.state": CheckState.EXAMINING.value})

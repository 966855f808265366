"""Photos, face profiles and proctored sessions in MongoDB."""

from collections.abc import Iterator
from datetime import datetime

from services.proctor.domain import FaceProfile, Photo, ProctoredSession, VerificationState
from services.proctor.domain.check import CheckState
from services.proctor.domain.photo import PhotoStatus
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

SERVICE = "proctor"
MAX_WAKING = 500  # sessions that one look at the clock takes on


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
            {"fields": ["enrollment_id", "-entered_at"], "name": "latest"},
            {
                "fields": ["wake_at"],
                "name": "waking",
                "partialFilterExpression": {"wake_at": {"$type": "date"}},
            },
        ],
    )

    def waking(self, now: datetime) -> list[ProctoredSession]:
        """Those in which the mere passing of time has changed something, the longest overdue first."""
        return self.find(order="wake_at", limit=MAX_WAKING, wake_at={"$lte": now})

    def latest_before(
        self, entered_at: datetime, enrollment_id: str, lesson_id: str
    ) -> ProctoredSession | None:
        """The session of this lesson that the learner entered last before then."""
        return self.first(
            order="-entered_at",
            enrollment_id=enrollment_id,
            lesson_id=lesson_id,
            entered_at={"$lt": entered_at},
        )

    def superseded(self, enrollment_id: str) -> Iterator[ProctoredSession]:
        """Those that go on although the learner has entered a newer one, of whatever lesson."""
        if newest := self.first(order="-entered_at", enrollment_id=enrollment_id):
            yield from self.each(
                over=False, enrollment_id=enrollment_id, entered_at={"$lt": newest.entered_at}
            )

    def going_on(self, session_id: str) -> Iterator[ProctoredSession]:
        """This session, if there is one and it is not over."""
        return self.each(over=False, _id=session_id)

    def going_on_in(
        self, enrollment_id: str, lesson_id: str, entered_until: datetime
    ) -> Iterator[ProctoredSession]:
        """Sessions of a lesson that are not over; those entered later than `entered_until` are left out."""
        return self.each(
            over=False,
            enrollment_id=enrollment_id,
            lesson_id=lesson_id,
            entered_at={"$lte": entered_until},
        )

    def examining(self) -> Iterator[ProctoredSession]:
        """Those with a frame that the face worker has still to judge."""
        return self.each(**{"checks.state": CheckState.EXAMINING.value})

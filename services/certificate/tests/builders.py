"""The published facts of a study, as certificate receives them."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.certificate.domain import HoursFile
from shared.events.base import Event, Meta, producer_of
from shared.events.enrollment import DeclarationSubmitted, LearningOpened
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import Evidence, FaceCheckPassed, IdentityVerified, Moment
from shared.events.terms import LessonKind, LicenceCategory, StudyPolicy

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
POLICY = StudyPolicy(hour_seconds=15, compulsory_hours=1, elective_hours=1)
EVIDENCE = Evidence(outcome="match", distance=0.3, threshold=0.6, model="dlib", model_version="0" * 64)
ORGANISATION = "武汉建设工程造价管理协会"
PERSONAL = {
    "name": "张晓明",
    "id_number": "420106199001011230",
    "phone": "13800000000",
    "email": "z@example.cn",
    "licence_number": "建[造]21204200001234",
    "licence_issued_on": "2023-05-01",
}
LESSONS = {"lesson-c": LessonKind.COMPULSORY, "lesson-e": LessonKind.ELECTIVE}


def published(event: Event, subject: str, sequence: int = 1, time: datetime = NOW) -> Any:
    """The event as it comes from the broker."""
    meta = Meta(
        id=secrets.token_hex(16), source=producer_of(type(event)), type=event.TYPE, subject=subject,
        sequence=sequence, time=time,
    )  # fmt: skip
    return replace(event, meta=meta)


class Study:
    """All facts about one learner's study; `facts` are those that an audit needs."""

    def __init__(self, enrollment: str = "enrollment-1", person: str = "person-1", **policy: Any) -> None:
        self.ids = {"enrollment_id": enrollment, "person_id": person}
        self.enrollment, self.person, self.policy = enrollment, person, replace(POLICY, **policy)
        self.opened = self._opened()
        self.verified = published(
            IdentityVerified(person_id=person, verification_id="v", evidence=EVIDENCE), person
        )
        self.entered = [self._entered(it) for it in LESSONS]
        self.passed = [self._passed(lesson, moment) for lesson in LESSONS for moment in Moment]
        self.completed = [self._completed(it) for it in LESSONS]
        self.finished = self._finished()

    @property
    def facts(self) -> list[Any]:
        return [self.opened, self.verified, *self.entered, *self.passed, *self.completed, self.finished]

    def declared(self, sealed: str = "sealed", sequence: int = 1) -> DeclarationSubmitted:
        event = DeclarationSubmitted(
            **self.ids, plan_id="plan-1", organisation=ORGANISATION, batch="2026年第3期",
            category=LicenceCategory.LEVEL_TWO, specialty="土木建筑工程", fee_fen=60_000, photo_id="photo-1",
            personal=sealed,
        )  # fmt: skip
        found: DeclarationSubmitted = published(event, self.enrollment, sequence)
        return found

    def file(self) -> HoursFile:
        """建档: nothing but the declaration."""
        return HoursFile(
            id=self.enrollment, person_id=self.person, organisation=ORGANISATION, batch="2026年第3期",
            category=LicenceCategory.LEVEL_TWO, specialty="土木建筑工程", personal="sealed",
        )  # fmt: skip

    def _opened(self) -> LearningOpened:
        event = LearningOpened(
            **self.ids, plan_id="plan-1", course_id="course-1", specialty="土木建筑工程", opened_at=NOW,
            closes_at=NOW + timedelta(days=90), policy=self.policy,
        )  # fmt: skip
        found: LearningOpened = published(event, self.enrollment)
        return found

    def _entered(self, lesson: str) -> LessonEntered:
        event = LessonEntered(
            **self.ids, lesson_id=lesson, session_id=f"s-{lesson}", duration_ms=15_000, covered_ms=0,
            unforeseen_check_passed=False, check_deadline_s=60, check_attempts=3, cooldown_s=600,
        )  # fmt: skip
        found: LessonEntered = published(event, self.enrollment)
        return found

    def _passed(self, lesson: str, moment: Moment) -> FaceCheckPassed:
        event = FaceCheckPassed(
            **self.ids, check_id=f"{lesson}.{moment}", session_id=f"s-{lesson}", lesson_id=lesson,
            moment=moment, evidence=EVIDENCE,
        )  # fmt: skip
        found: FaceCheckPassed = published(event, f"s-{lesson}")
        return found

    def _completed(self, lesson: str) -> LessonCompleted:
        checks = [f"{lesson}.{moment}" for moment in Moment]
        event = LessonCompleted(
            **self.ids, lesson_id=lesson, kind=LESSONS[lesson], credited_ms=14_000, check_ids=checks
        )
        found: LessonCompleted = published(event, self.enrollment)
        return found

    def _finished(self) -> StudyCompleted:
        event = StudyCompleted(
            **self.ids, compulsory_ms=14_000, elective_ms=14_000, lesson_ids=list(LESSONS),
            check_ids=[it.check_id for it in self.passed], started_at=NOW + timedelta(minutes=1),
            completed_at=NOW + timedelta(minutes=5),
        )  # fmt: skip
        found: StudyCompleted = published(event, self.enrollment)
        return found


def personal_json(**changes: str) -> str:
    """PersonalData as enrollment seals it."""
    return json.dumps(PERSONAL | changes, ensure_ascii=False)

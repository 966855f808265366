"""The published events of a study, as certificate receives them, and records in every state."""

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.certificate.domain import HoursRecord, Person, RecordStatus
from services.certificate.domain.evidence import StudyEvent
from shared.events.audit import DerivedFault, StudyDerived
from shared.events.base import Event, Meta, producer_of
from shared.events.certificate import HoursAudited, Verdict
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
NUMBER = "CE2-42-2026-C29VM53SEAF1"  # of enrollment-1, approved NOW
LESSONS = {"lesson-c": LessonKind.COMPULSORY, "lesson-e": LessonKind.ELECTIVE}


def published(event: Event, subject: str, sequence: int = 1, time: datetime = NOW) -> Any:
    """The event as it comes from the broker."""
    meta = Meta(
        id=secrets.token_hex(16), source=producer_of(type(event)), type=event.TYPE, subject=subject,
        sequence=sequence, time=time,
    )  # fmt: skip
    return replace(event, meta=meta)


class Study:
    """Everything that happens in one learner's study; `events` are those that an audit needs."""

    def __init__(self, enrollment: str = "enrollment-1", person: str = "person-1", **policy: Any) -> None:
        self.ids = {"enrollment_id": enrollment, "person_id": person}
        self.enrollment, self.person, self.policy = enrollment, person, replace(POLICY, **policy)
        self.opened = self._opened()
        self.verified = published(
            IdentityVerified(person_id=person, verification_id="v", evidence=EVIDENCE), person
        )
        self.entered = [self._entered(lesson) for lesson in LESSONS]
        self.passed = [self._passed(lesson, moment) for lesson in LESSONS for moment in Moment]
        self.completed = [self._completed(lesson) for lesson in LESSONS]
        self.finished = self._finished()
        self.derived = self.derivation()

    @property
    def events(self) -> list[Any]:
        return [
            self.opened,
            self.verified,
            *self.entered,
            *self.passed,
            *self.completed,
            self.finished,
            self.derived,
        ]

    def derivation(self, *faults: DerivedFault, sequence: int = 1, **fields: Any) -> StudyDerived:
        """What the auditor says of it; it agrees where it has no fault to find."""
        event = StudyDerived(
            **self.ids, agrees=not faults, compulsory_ms=self.finished.compulsory_ms,
            elective_ms=self.finished.elective_ms, faults=list(faults), faults_left_out=0, log_position=99,
            head_hash="0" * 64, derived_at=NOW + timedelta(minutes=6),
        )  # fmt: skip
        derived: StudyDerived = published(replace(event, **fields), self.enrollment, sequence)
        return derived

    def declared(self, sealed: str = "sealed", sequence: int = 1) -> DeclarationSubmitted:
        event = DeclarationSubmitted(
            **self.ids, plan_id="plan-1", organisation=ORGANISATION, batch="2026年第3期",
            category=LicenceCategory.LEVEL_TWO, specialty="土木建筑工程", fee_fen=60_000, photo_id="photo-1",
            personal=sealed,
        )  # fmt: skip
        declared: DeclarationSubmitted = published(event, self.enrollment, sequence)
        return declared

    def record(self) -> HoursRecord:
        """建档: nothing but the declaration."""
        return HoursRecord.of(self.declared(), "sealed")

    def _opened(self) -> LearningOpened:
        event = LearningOpened(
            **self.ids, plan_id="plan-1", course_id="course-1", specialty="土木建筑工程", opened_at=NOW,
            closes_at=NOW + timedelta(days=90), policy=self.policy,
        )  # fmt: skip
        opened: LearningOpened = published(event, self.enrollment)
        return opened

    def _entered(self, lesson: str) -> LessonEntered:
        event = LessonEntered(
            **self.ids, lesson_id=lesson, session_id=f"s-{lesson}", duration_ms=15_000, covered_ms=0,
            unforeseen_check_passed=False, check_deadline_s=60, check_attempts=3, cooldown_s=600,
        )  # fmt: skip
        entered: LessonEntered = published(event, self.enrollment)
        return entered

    def _passed(self, lesson: str, moment: Moment) -> FaceCheckPassed:
        event = FaceCheckPassed(
            **self.ids, check_id=f"{lesson}.{moment}", session_id=f"s-{lesson}", lesson_id=lesson,
            moment=moment, evidence=EVIDENCE,
        )  # fmt: skip
        passed: FaceCheckPassed = published(event, f"s-{lesson}")
        return passed

    def _completed(self, lesson: str) -> LessonCompleted:
        checks = [f"{lesson}.{moment}" for moment in Moment]
        event = LessonCompleted(
            **self.ids, lesson_id=lesson, kind=LESSONS[lesson], credited_ms=14_000, check_ids=checks
        )
        completed: LessonCompleted = published(event, self.enrollment)
        return completed

    def _finished(self) -> StudyCompleted:
        event = StudyCompleted(
            **self.ids, compulsory_ms=14_000, elective_ms=14_000, lesson_ids=list(LESSONS),
            check_ids=[check.check_id for check in self.passed], started_at=NOW + timedelta(minutes=1),
            completed_at=NOW + timedelta(minutes=5),
        )  # fmt: skip
        finished: StudyCompleted = published(event, self.enrollment)
        return finished


def personal_json(**changes: str) -> str:
    """PersonalData as enrollment seals it."""
    return json.dumps(PERSONAL | changes, ensure_ascii=False)


# ---- records ----

STEPS: dict[str, Callable[[HoursRecord], None]] = {
    "confirm": lambda record: record.confirm("staff-1"),
    "report": lambda record: record.report(),
    "approve": lambda record: record.approve("province-1", NOW),
    "reject": lambda record: record.reject("province-1", "请核对"),
    "issue": lambda record: record.issue("0" * 64, "key"),
    "revoke": lambda record: record.revoke("province-1", "作弊"),
    "withdraw": lambda record: record.withdraw(),
}
WAYS = {
    RecordStatus.COLLECTING: [],
    RecordStatus.ORGANISATION_REVIEW: [],
    RecordStatus.REPORTABLE: ["confirm"],
    RecordStatus.PROVINCE_REVIEW: ["confirm", "report"],
    RecordStatus.APPROVED: ["confirm", "report", "approve"],
    RecordStatus.CERTIFIED: ["confirm", "report", "approve", "issue"],
    RecordStatus.REVOKED: ["confirm", "report", "approve", "issue", "revoke"],
    RecordStatus.WITHDRAWN: ["withdraw"],
}


def take(record: HoursRecord, event: Event, now: datetime = NOW) -> None:
    """What the service does with an event that is evidence; others change nothing."""
    if isinstance(event, IdentityVerified):
        person = Person(id=event.person_id)
        person.verify(event)
        assert person.identity is not None
        record.identify(person.identity)
    elif isinstance(event, StudyEvent):
        record.learn(event, now)


def a_record(events: Iterable[Event], study: Study | None = None) -> HoursRecord:
    """A record that these events have come to, in this order."""
    record = (study or Study()).record()
    for event in events:
        take(record, event)
    return record


def an_audited_record(**policy: Any) -> HoursRecord:
    study = Study(**policy)
    return a_record(study.events, study)


def a_record_in(status: RecordStatus) -> HoursRecord:
    """A record that has come to this state by itself."""
    record = Study().record() if status is RecordStatus.COLLECTING else an_audited_record()
    for step in WAYS[status]:
        STEPS[step](record)
    assert record.status is status
    return record


def verdict_of(record: HoursRecord) -> tuple[Verdict, set[str]]:
    """Of the one audit of this record: its verdict and the rules that did not hold."""
    (audited,) = [event for event in record.events if isinstance(event, HoursAudited)]
    return audited.verdict, {finding.rule for finding in audited.findings if not finding.held}

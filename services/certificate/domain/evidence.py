"""What an hours audit rests on: what learning, proctor and the auditor published, with the events' ids (R28).

The events may come in any order, and each may come again: the result is the same.
"""

from dataclasses import dataclass, field
from datetime import datetime

from services.certificate.domain.person import Identity
from shared.events.audit import DerivedFault, StudyDerived
from shared.events.enrollment import LearningOpened, WindowExtended
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, Moment
from shared.events.terms import LessonKind, StudyPolicy

StudyEvent = (
    LearningOpened
    | LessonEntered
    | LessonCompleted
    | StudyCompleted
    | FaceCheckPassed
    | FaceCheckFailed
    | StudyDerived
    | WindowExtended
)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """开通学习 (R8, R9)."""

    event_id: str
    opened_at: datetime
    closes_at: datetime
    policy: StudyPolicy


@dataclass(frozen=True, kw_only=True)
class Extension:
    """学习期顺延 (R9)."""

    event_id: str
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class Completion:
    """学完一课 (R24)."""

    event_id: str
    kind: LessonKind
    credited_ms: int
    check_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class FaceCheck:
    """人脸核验 (R17, R18)."""

    event_id: str
    lesson_id: str
    moment: Moment
    passed: bool


@dataclass(frozen=True, kw_only=True)
class StudyEnd:
    """学时学满 (R28)."""

    event_id: str
    compulsory_ms: int
    elective_ms: int
    lesson_ids: list[str]
    check_ids: list[str]
    started_at: datetime
    completed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """学时复核: what the auditor derived from the log alone (R31)."""

    event_id: str
    sequence: int  # the newest counts
    agrees: bool
    compulsory_ms: int
    elective_ms: int
    faults: list[DerivedFault]
    faults_left_out: int
    log_position: int
    derived_at: datetime


@dataclass(kw_only=True)
class AuditEvidence:
    """All that has arrived so far; keys are ids of lessons and checks."""

    opening: Opening | None = None
    identity: Identity | None = None
    durations_ms: dict[str, int] = field(default_factory=dict)
    lessons: dict[str, Completion] = field(default_factory=dict)
    checks: dict[str, FaceCheck] = field(default_factory=dict)
    study: StudyEnd | None = None
    derivation: Derivation | None = None
    extension: Extension | None = None  # the longest

    def add(self, event: StudyEvent) -> None:
        """Keep what the event states."""
        match event:
            case LearningOpened():
                self.opening = _opening(event)
            case LessonEntered():
                self.durations_ms[event.lesson_id] = event.duration_ms
            case FaceCheckPassed() | FaceCheckFailed():
                self.checks[event.check_id] = _face_check(event)
            case LessonCompleted():
                self.lessons[event.lesson_id] = _completion(event)
            case StudyCompleted():
                self.study = _study_end(event)
            case StudyDerived():
                self._derive(event)
            case WindowExtended():
                self._extend(event)

    @property
    def complete(self) -> bool:
        """Whether all that the study names and every audit needs has arrived, the auditor's word too."""
        study = self.study
        if study is None or None in (self.opening, self.identity, self.derivation):
            return False
        lessons = all(id in self.lessons and id in self.durations_ms for id in study.lesson_ids)
        return lessons and all(id in self.checks for id in study.check_ids)

    def _extend(self, event: WindowExtended) -> None:
        """One that comes late and is shorter changes nothing."""
        if self.extension is None or event.closes_at > self.extension.closes_at:
            self.extension = Extension(event_id=event.published.id, closes_at=event.closes_at)

    def _derive(self, event: StudyDerived) -> None:
        """An older one that comes late changes nothing."""
        if self.derivation is None or event.published.sequence > self.derivation.sequence:
            self.derivation = _derivation(event)


def _opening(event: LearningOpened) -> Opening:
    return Opening(
        event_id=event.published.id,
        opened_at=event.opened_at,
        closes_at=event.closes_at,
        policy=event.policy,
    )


def _face_check(event: FaceCheckPassed | FaceCheckFailed) -> FaceCheck:
    return FaceCheck(
        event_id=event.published.id,
        lesson_id=event.lesson_id,
        moment=event.moment,
        passed=isinstance(event, FaceCheckPassed),
    )


def _completion(event: LessonCompleted) -> Completion:
    return Completion(
        event_id=event.published.id,
        kind=event.kind,
        credited_ms=event.credited_ms,
        check_ids=list(event.check_ids),
    )


def _derivation(event: StudyDerived) -> Derivation:
    return Derivation(
        event_id=event.published.id,
        sequence=event.published.sequence,
        agrees=event.agrees,
        compulsory_ms=event.compulsory_ms,
        elective_ms=event.elective_ms,
        faults=list(event.faults),
        faults_left_out=event.faults_left_out,
        log_position=event.log_position,
        derived_at=event.derived_at,
    )


def _study_end(event: StudyCompleted) -> StudyEnd:
    return StudyEnd(
        event_id=event.published.id,
        compulsory_ms=event.compulsory_ms,
        elective_ms=event.elective_ms,
        lesson_ids=list(event.lesson_ids),
        check_ids=list(event.check_ids),
        started_at=event.started_at,
        completed_at=event.completed_at,
    )

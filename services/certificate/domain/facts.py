"""What an audit rests on: facts of learning and proctor, kept with the ids of the events that state them.

They may come in any order, and each may come again: the result is the same.
"""

from dataclasses import dataclass, field
from datetime import datetime

from services.certificate.domain.person import Identity
from shared.events.enrollment import LearningOpened
from shared.events.learning import LessonCompleted, LessonEntered, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, Moment
from shared.events.terms import LessonKind, StudyPolicy


@dataclass(frozen=True, kw_only=True)
class Opening:
    """开通学习 (R8, R9)."""

    event_id: str
    opened_at: datetime
    closes_at: datetime
    policy: StudyPolicy


@dataclass(frozen=True, kw_only=True)
class Completion:
    """学完一课 (R24)."""

    event_id: str
    kind: LessonKind
    credited_ms: int
    check_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class Check:
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


@dataclass(kw_only=True)
class Facts:
    """All that has arrived so far; keys are ids of lessons and checks."""

    opening: Opening | None = None
    identity: Identity | None = None
    durations_ms: dict[str, int] = field(default_factory=dict)
    lessons: dict[str, Completion] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    study: StudyEnd | None = None

    def open(self, event: LearningOpened) -> None:
        """开通学习."""
        self.opening = Opening(
            event_id=event.published.id,
            opened_at=event.opened_at,
            closes_at=event.closes_at,
            policy=event.policy,
        )

    def enter(self, event: LessonEntered) -> None:
        """进入课程 → how long its video is."""
        self.durations_ms[event.lesson_id] = event.duration_ms

    def check(self, event: FaceCheckPassed | FaceCheckFailed) -> None:
        """人脸核验: passed or failed."""
        self.checks[event.check_id] = Check(
            event_id=event.published.id,
            lesson_id=event.lesson_id,
            moment=event.moment,
            passed=isinstance(event, FaceCheckPassed),
        )

    def complete(self, event: LessonCompleted) -> None:
        """学完一课."""
        self.lessons[event.lesson_id] = Completion(
            event_id=event.published.id,
            kind=event.kind,
            credited_ms=event.credited_ms,
            check_ids=list(event.check_ids),
        )

    def finish(self, event: StudyCompleted) -> None:
        """学时学满."""
        self.study = StudyEnd(
            event_id=event.published.id,
            compulsory_ms=event.compulsory_ms,
            elective_ms=event.elective_ms,
            lesson_ids=list(event.lesson_ids),
            check_ids=list(event.check_ids),
            started_at=event.started_at,
            completed_at=event.completed_at,
        )

    @property
    def complete_for_audit(self) -> bool:
        """Whether all that the study names, and what every audit needs, has arrived."""
        study = self.study
        if study is None or self.opening is None or self.identity is None:
            return False
        lessons = all(it in self.lessons and it in self.durations_ms for it in study.lesson_ids)
        return lessons and all(it in self.checks for it in study.check_ids)

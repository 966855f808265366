"""The events of learning's aggregates, built from what happened in them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from services.learning.domain.batch import Batch
from services.learning.domain.progress import LessonProgress
from shared.events.learning import (
    CheckDue,
    Ending,
    LessonCompleted,
    LessonEntered,
    PlaybackRecorded,
    QuizAnswered,
    ScheduleMixed,
    SessionEnded,
    StudyCompleted,
)
from shared.events.terms import LessonKind, StudyPolicy

VALUE_BYTES = 32


class SessionFacts(Protocol):
    """The play session in which it happened."""

    id: str
    person_id: str
    enrollment_id: str
    lesson_id: str
    duration_ms: int
    covered_ms: int
    unforeseen_passed: bool
    reports: int
    policy: StudyPolicy


class StudyIds(Protocol):
    """The study in which it happened."""

    id: str
    person_id: str


def draw_value() -> str:
    """A fresh value for `ScheduleMixed`, from the system's source of randomness."""
    return secrets.token_hex(VALUE_BYTES)


def lesson_entered(session: SessionFacts, turn: int) -> LessonEntered:
    """进入课程."""
    policy = session.policy
    return LessonEntered(
        **_of(session),
        duration_ms=session.duration_ms,
        covered_ms=session.covered_ms,
        unforeseen_check_passed=session.unforeseen_passed,
        check_deadline_s=policy.check_deadline_s,
        check_attempts=policy.check_attempts,
        cooldown_s=policy.cooldown_s,
        turn=turn,
    )


def schedule_mixed(session: SessionFacts, seed_hash: str, value: str) -> ScheduleMixed:
    """抽签应答."""
    return ScheduleMixed(**_of(session), seed_hash=seed_hash, value=value)


def playback_recorded(session: SessionFacts, batch: Batch) -> PlaybackRecorded:
    """播放记录."""
    return PlaybackRecorded(
        **_of(session),
        batch=batch.number,
        anchored_at=batch.anchored_at,
        bank_ms=batch.bank_ms,
        reports=batch.reports,
        refusals_left_out=batch.refusals_left_out,
        covered_ms=session.covered_ms,
    )


def check_due(session: SessionFacts, reached_at: datetime) -> CheckDue:
    """应核验."""
    return CheckDue(**_of(session), covered_ms=session.covered_ms, reached_at=reached_at)


def session_ended(
    session: SessionFacts, ending: Ending, ended_at: datetime, check_id: str | None
) -> SessionEnded:
    """播放结束."""
    return SessionEnded(
        **_of(session),
        ending=ending,
        covered_ms=session.covered_ms,
        reports=session.reports,
        ended_at=ended_at,
        check_id=check_id,
    )


def quiz_answered(study: StudyIds, lesson: LessonProgress, question_id: str, right: bool) -> QuizAnswered:
    """答题."""
    return QuizAnswered(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        question_id=question_id,
        correct=right,
        quiz_done=lesson.quiz_done,
    )


def lesson_completed(study: StudyIds, lesson: LessonProgress) -> LessonCompleted:
    """学完一课."""
    return LessonCompleted(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        kind=lesson.kind,
        credited_ms=lesson.covered_ms,
        check_ids=[check.check_id for check in lesson.checks],
    )


def study_completed(
    study: StudyIds, completed: Sequence[LessonProgress], *, started_at: datetime, completed_at: datetime
) -> StudyCompleted:
    """学时学满: hours and checks are those of the completed lessons."""
    return StudyCompleted(
        enrollment_id=study.id,
        person_id=study.person_id,
        compulsory_ms=_credited_ms(completed, LessonKind.COMPULSORY),
        elective_ms=_credited_ms(completed, LessonKind.ELECTIVE),
        lesson_ids=[lesson.lesson_id for lesson in completed],
        check_ids=[check.check_id for lesson in completed for check in lesson.checks],
        started_at=started_at,
        completed_at=completed_at,
    )


def _of(session: SessionFacts) -> dict[str, Any]:
    return {
        "enrollment_id": session.enrollment_id,
        "person_id": session.person_id,
        "lesson_id": session.lesson_id,
        "session_id": session.id,
    }


def _credited_ms(lessons: Sequence[LessonProgress], kind: LessonKind) -> int:
    return sum(lesson.covered_ms for lesson in lessons if lesson.kind is kind)

"""How what happened in a study is told to others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.learning.domain.playback import PlaySession, Refusal, Report
from services.learning.domain.progress import LessonProgress
from shared.events.learning import (
    LessonCompleted,
    LessonEntered,
    LessonPaused,
    PlaybackCredited,
    PlaybackRefused,
    QuizAnswered,
    StudyCompleted,
)
from shared.events.proctor import Moment
from shared.events.terms import LessonKind, StudyPolicy


class Whose(Protocol):
    """The study that it happened in."""

    id: str
    person_id: str
    policy: StudyPolicy


def entered(study: Whose, session_id: str, lesson: LessonProgress) -> LessonEntered:
    """进入课程."""
    return LessonEntered(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        session_id=session_id,
        duration_ms=lesson.duration_ms,
        covered_ms=lesson.covered_ms,
        unforeseen_check_passed=lesson.passed(Moment.UNFORESEEN),
        check_deadline_s=study.policy.check_deadline_s,
        check_attempts=study.policy.check_attempts,
        cooldown_s=study.policy.cooldown_s,
    )


def credited(
    study: Whose,
    session: PlaySession,
    report: Report,
    *,
    anchored_at: datetime,
    received_at: datetime,
    budget_ms: int,
    covered_ms: int,
) -> PlaybackCredited:
    """学时计入."""
    return PlaybackCredited(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=session.lesson_id,
        session_id=session.id,
        report=report.number,
        from_ms=report.from_ms,
        to_ms=report.to_ms,
        anchored_at=anchored_at,
        received_at=received_at,
        budget_ms=budget_ms,
        covered_ms=covered_ms,
    )


def refused(
    study: Whose, session_id: str, lesson_id: str, report: Report, *, reason: Refusal, received_at: datetime
) -> PlaybackRefused:
    """学时不计."""
    return PlaybackRefused(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson_id,
        session_id=session_id,
        report=report.number,
        from_ms=report.from_ms,
        to_ms=report.to_ms,
        received_at=received_at,
        reason=reason,
    )


def paused(study: Whose, session: PlaySession, check_id: str) -> LessonPaused:
    """课程暂停."""
    return LessonPaused(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=session.lesson_id,
        session_id=session.id,
        check_id=check_id,
    )


def answered(study: Whose, lesson: LessonProgress, question_id: str, right: bool) -> QuizAnswered:
    """答题."""
    return QuizAnswered(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        question_id=question_id,
        correct=right,
        quiz_done=lesson.quiz_done,
    )


def lesson_completed(study: Whose, lesson: LessonProgress) -> LessonCompleted:
    """学完一课."""
    return LessonCompleted(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        kind=lesson.kind,
        credited_ms=lesson.covered_ms,
        check_ids=[it.check_id for it in lesson.checks],
    )


def study_completed(
    study: Whose, completed: Sequence[LessonProgress], *, started_at: datetime, now: datetime
) -> StudyCompleted:
    """学时学满: hours and checks are those of the completed lessons."""
    return StudyCompleted(
        enrollment_id=study.id,
        person_id=study.person_id,
        compulsory_ms=sum(it.covered_ms for it in completed if it.kind is LessonKind.COMPULSORY),
        elective_ms=sum(it.covered_ms for it in completed if it.kind is LessonKind.ELECTIVE),
        lesson_ids=[it.lesson_id for it in completed],
        check_ids=[check.check_id for it in completed for check in it.checks],
        started_at=started_at,
        completed_at=now,
    )

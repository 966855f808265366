"""The events that a study records, built from what happened in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.learning.domain.play_session import Judgement, PlaySession
from services.learning.domain.playback import RefusalReason, Report
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


class EventOrigin(Protocol):
    """The study in which it happened."""

    id: str
    person_id: str
    policy: StudyPolicy


def lesson_entered(study: EventOrigin, session_id: str, lesson: LessonProgress) -> LessonEntered:
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


def playback_credited(
    study: EventOrigin, session_id: str, lesson: LessonProgress, report: Report, judgement: Judgement
) -> PlaybackCredited:
    """学时计入: `lesson` covers the report already."""
    return PlaybackCredited(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        session_id=session_id,
        report=report.number,
        from_ms=report.from_ms,
        to_ms=report.to_ms,
        anchored_at=judgement.anchored_at,
        received_at=judgement.received_at,
        budget_ms=judgement.budget_ms,
        covered_ms=lesson.covered_ms,
    )


def playback_refused(
    study: EventOrigin,
    session_id: str,
    lesson: LessonProgress,
    report: Report,
    reason: RefusalReason,
    received_at: datetime,
) -> PlaybackRefused:
    """学时不计."""
    return PlaybackRefused(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        session_id=session_id,
        report=report.number,
        from_ms=report.from_ms,
        to_ms=report.to_ms,
        received_at=received_at,
        reason=reason,
    )


def lesson_paused(study: EventOrigin, session: PlaySession, check_id: str) -> LessonPaused:
    """课程暂停."""
    return LessonPaused(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=session.lesson_id,
        session_id=session.id,
        check_id=check_id,
    )


def quiz_answered(study: EventOrigin, lesson: LessonProgress, question_id: str, right: bool) -> QuizAnswered:
    """答题."""
    return QuizAnswered(
        enrollment_id=study.id,
        person_id=study.person_id,
        lesson_id=lesson.lesson_id,
        question_id=question_id,
        correct=right,
        quiz_done=lesson.quiz_done,
    )


def lesson_completed(study: EventOrigin, lesson: LessonProgress) -> LessonCompleted:
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
    study: EventOrigin, completed: Sequence[LessonProgress], *, started_at: datetime, now: datetime
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
        completed_at=now,
    )


def _credited_ms(lessons: Sequence[LessonProgress], kind: LessonKind) -> int:
    return sum(lesson.covered_ms for lesson in lessons if lesson.kind is kind)

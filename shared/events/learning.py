"""What learning (学习) publishes. Positions and durations of video are integer milliseconds."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.base import Event, event
from shared.events.terms import LessonKind


@dataclass(frozen=True, kw_only=True)
class LessonSummary:
    """课时: one lesson of a published course (R22)."""

    lesson_id: str
    title: str
    kind: LessonKind
    duration_ms: int
    video_sha256: str


@event("learning.course.published.v1")
class CoursePublished(Event):
    """课程发布: a course with all its lessons can be studied from now on (R22)."""

    course_id: str
    title: str
    organisation: str
    specialty: str
    lessons: list[LessonSummary]


@event("learning.lesson.entered.v1")
class LessonEntered(Event):
    """进入课程: a play session began, older ones have ended (R23); proctor draws its checks (R17)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    duration_ms: int
    covered_ms: int  # already credited in this lesson
    unforeseen_check_passed: bool  # in an earlier session
    check_deadline_s: int
    check_attempts: int
    cooldown_s: int


@event("learning.playback.credited.v1")
class PlaybackCredited(Event):
    """学时计入: a position report earned credit (R23). What it says suffices to derive the credit again."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    report: int  # 1, 2, 3 … in the session
    from_ms: int
    to_ms: int
    anchored_at: datetime  # wall clock from which this report's time is counted
    received_at: datetime
    budget_ms: int  # wall-clock time that could be spent on this report
    covered_ms: int  # union of all credited video of the lesson, after this report


@event("learning.playback.refused.v1")
class PlaybackRefused(Event):
    """学时不计: a report earned nothing: too_fast, wrong_rate, seek_ahead, superseded … (R23)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    report: int
    from_ms: int
    to_ms: int
    received_at: datetime
    reason: str


@event("learning.lesson.paused.v1")
class LessonPaused(Event):
    """课程暂停: a face check failed; what was earned before stands (R18)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    check_id: str


@event("learning.quiz.answered.v1")
class QuizAnswered(Event):
    """答题: one question was answered; wrong answers can be retried and cost no hours (R24)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    question_id: str
    correct: bool
    quiz_done: bool  # each question has been answered rightly


@event("learning.lesson.completed.v1")
class LessonCompleted(Event):
    """学完一课: video covered, face checks passed, quiz done (R24)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    kind: LessonKind
    credited_ms: int
    check_ids: list[str]  # the face checks passed in this lesson


@event("learning.study.completed.v1")
class StudyCompleted(Event):
    """学时学满: nothing is left to learn (R28)."""

    enrollment_id: str
    person_id: str
    compulsory_ms: int
    elective_ms: int
    lesson_ids: list[str]
    check_ids: list[str]
    started_at: datetime
    completed_at: datetime

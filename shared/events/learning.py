"""What learning (学习) publishes. Positions and durations of video are integer milliseconds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
    questions: int = 1  # of its quiz; 0: it has none
    specialty: str | None = None  # whose learners it is for; None: everybody's


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
    turn: int = 0  # 1, 2, 3 … of the person's sessions; clocks of two servers may show another order


@event("learning.schedule.mixed.v1")
class ScheduleMixed(Event):
    """抽签应答: learning's value, drawn after proctor's commitment: neither chooses the moment (R17)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    seed_hash: str  # the commitment that it answers
    value: str  # 32 random bytes, hexadecimal


@dataclass(frozen=True, kw_only=True)
class ReportRecord:
    """进度报告记录: a position report, when it came and what it earned (R23).

    It claims [from_ms, to_ms) of video, of which [from_ms, from_ms + paid_ms) was paid for with wall clock.
    """

    number: int  # 1, 2, 3 … in the session; a refused one may bring any number
    from_ms: int
    to_ms: int
    rate: float
    received_at: datetime
    paid_ms: int
    credited_ms: int  # what it added to the covered video of the lesson
    refusal: str | None  # why it earned nothing: seek_ahead, too_fast, wrong_rate, check_pending …


@event("learning.playback.recorded.v1")
class PlaybackRecorded(Event):
    """播放记录: the reports of a session since the batch before; enough to derive the credit again (R23).

    Time is counted from `anchored_at`, when `bank_ms` of earlier time were unspent. A report that came before
    that is a refused one.
    """

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    batch: int  # 1, 2, 3 … in the session
    anchored_at: datetime
    bank_ms: int
    reports: list[ReportRecord]
    refusals_left_out: int  # refused reports of this batch beyond those that are listed
    covered_ms: int  # credited video of the lesson after these reports


@event("learning.check.due.v1")
class CheckDue(Event):
    """应核验: the lease is used up; nothing more is credited before another check is passed (R17)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    covered_ms: int
    reached_at: datetime


class Ending(StrEnum):
    """结束原因: how a play session ended (R18, R23)."""

    COMPLETED = "completed"  # the video is covered and both checks are passed (R24)
    SUPERSEDED = "superseded"  # the learner entered a lesson elsewhere (R23)
    CHECK_FAILED = "check_failed"  # a face check was missed or failed (R18)
    SILENT = "silent"  # no report for too long (R23)
    WINDOW_CLOSED = "window_closed"  # the study window is over (R9)
    STOPPED = "stopped"  # the enrolment was withdrawn, suspended or barred (R5, R26)


@event("learning.session.ended.v1")
class SessionEnded(Event):
    """播放结束: nothing more is credited in this session; what was earned before stands (R18, R23)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    ending: Ending
    covered_ms: int  # credited video of the lesson
    reports: int  # number of the last report that was accepted
    ended_at: datetime
    check_id: str | None = None  # the check that was missed or failed


@event("learning.quiz.answered.v1")
class QuizAnswered(Event):
    """答题: one question was answered; wrong answers can be retried and cost no hours (R24)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    question_id: str
    correct: bool
    quiz_done: bool  # each question has been answered, rightly or not


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

"""进度: how far a learner is in one lesson; it never goes down (R24, R25)."""

from dataclasses import dataclass, field
from enum import StrEnum

from services.learning.domain.course import Lesson
from services.learning.domain.coverage import Span, measure_ms, union
from services.learning.domain.playback import Report, ReportOutcome
from shared.events.proctor import Moment
from shared.events.terms import LessonKind


class LessonState(StrEnum):
    """课时状态 (R22)."""

    NOT_STARTED = "not_started"  # 未学
    IN_PROGRESS = "in_progress"  # 学习中
    COMPLETED = "completed"  # 学完


@dataclass(frozen=True, kw_only=True)
class PassedCheck:
    """A face check passed in the lesson."""

    check_id: str
    moment: Moment


@dataclass(frozen=True, kw_only=True)
class LastReport:
    """The last report taken in the lesson and its outcome, so that a repeat of it is answered the same."""

    session_id: str
    report: Report
    outcome: ReportOutcome

    def is_repeated_by(self, session_id: str, report: Report) -> bool:
        """Whether this is the very same report again."""
        return self.session_id == session_id and self.report == report


@dataclass(kw_only=True)
class LessonProgress:
    """一课的进度. Lesson data are those of the day when learning opened."""

    lesson_id: str
    title: str
    chapter: str
    kind: LessonKind
    duration_ms: int
    question_ids: list[str]
    entered: bool = False
    completed: bool = False
    position_ms: int = 0  # end of the last credited report; the next session resumes here (R25)
    covered: list[Span] = field(default_factory=list)
    checks: list[PassedCheck] = field(default_factory=list)
    right_ids: list[str] = field(default_factory=list)  # questions answered rightly at least once
    last_report: LastReport | None = None

    @classmethod
    def of(cls, lesson: Lesson) -> "LessonProgress":
        """Nothing learnt yet."""
        return cls(
            lesson_id=lesson.id,
            title=lesson.title,
            chapter=lesson.chapter,
            kind=lesson.kind,
            duration_ms=lesson.video.duration_ms,
            question_ids=[question.id for question in lesson.quiz],
        )

    @property
    def state(self) -> LessonState:
        """未学, 学习中, 学完 (R22)."""
        if self.completed:
            return LessonState.COMPLETED
        return LessonState.IN_PROGRESS if self.entered or self.right_ids else LessonState.NOT_STARTED

    @property
    def covered_ms(self) -> int:
        """Credited video."""
        return measure_ms(self.covered)

    @property
    def quiz_done(self) -> bool:
        """Each question has been answered rightly; no questions, nothing to do (R24)."""
        return set(self.question_ids) <= set(self.right_ids)

    def cover(self, report: Report) -> None:
        """Credit what was played; once only, however often it is played. Play resumes at its end."""
        self.position_ms = report.to_ms
        self.covered = union(self.covered, Span(from_ms=report.from_ms, to_ms=report.to_ms))

    def passed(self, moment: Moment) -> bool:
        """Whether a face check at this moment has been passed."""
        return any(check.moment is moment for check in self.checks)

    def answer_right(self, question_id: str) -> None:
        """The question counts as answered from now on."""
        if question_id not in self.right_ids:
            self.right_ids.append(question_id)

    def is_ready(self, slack_ms: int) -> bool:
        """Whether everything that completes the lesson is there (R24)."""
        watched = self.duration_ms - self.covered_ms <= slack_ms
        return watched and self.passed(Moment.START) and self.passed(Moment.UNFORESEEN) and self.quiz_done

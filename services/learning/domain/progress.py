"""进度: how far a learner is in one lesson; it never goes down (R24, R25)."""

from dataclasses import dataclass, field
from enum import StrEnum

from services.learning.domain.course import Lesson
from shared.events.proctor import Moment
from shared.events.terms import LessonKind, StudyPolicy


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
    covered_ms: int = 0  # credited video: [0, covered_ms); play resumes at its end (R25)
    checks: list[PassedCheck] = field(default_factory=list)
    answered_ids: list[str] = field(default_factory=list)  # questions answered, rightly or not
    right_ids: list[str] = field(default_factory=list)  # questions answered rightly at least once

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
        return LessonState.IN_PROGRESS if self.entered or self.answered_ids else LessonState.NOT_STARTED

    @property
    def quiz_done(self) -> bool:
        """Each question has been answered, rightly or not; no questions, nothing to do (R24)."""
        return set(self.question_ids) <= set(self.answered_ids)

    def absorb(self, covered_ms: int, checks: list[PassedCheck]) -> None:
        """What a play session of the lesson has earned; the same again changes nothing (R25)."""
        self.covered_ms = max(self.covered_ms, covered_ms)
        self.checks += [check for check in checks if check not in self.checks]

    def passed(self, moment: Moment) -> bool:
        """Whether a face check at this moment has been passed."""
        return any(check.moment is moment for check in self.checks)

    def answer(self, question_id: str, *, right: bool) -> None:
        """The question counts as answered from now on."""
        if question_id not in self.answered_ids:
            self.answered_ids.append(question_id)
        if right and question_id not in self.right_ids:
            self.right_ids.append(question_id)

    def is_ready(self, policy: StudyPolicy) -> bool:
        """Whether everything that completes the lesson is there (R24)."""
        watched = is_watched(self.covered_ms, self.duration_ms, policy)
        return watched and self.passed(Moment.START) and self.passed(Moment.UNFORESEEN) and self.quiz_done


def is_watched(covered_ms: int, duration_ms: int, policy: StudyPolicy) -> bool:
    """Whether the video is covered, all but the slack (R24)."""
    return duration_ms - covered_ms <= policy.slack_s * 1000

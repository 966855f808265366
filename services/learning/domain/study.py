"""学习: one learner's way through the lessons of one enrolment (R22, R24, R25)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.learning.domain import event_factory
from services.learning.domain.course import Course, CourseStatus
from services.learning.domain.errors import (
    AnsweredTooOften,
    CourseUnpublished,
    LessonDone,
    StudyDone,
    StudyExpired,
)
from services.learning.domain.hours import KindHours, hours_of
from services.learning.domain.play_session import PlaySession
from services.learning.domain.progress import LessonProgress
from services.learning.domain.tally import Limit, Tally
from shared.domain.aggregate import Aggregate
from shared.domain.errors import NotFound
from shared.events.enrollment import LearningOpened
from shared.events.terms import LessonKind, StudyPolicy

ANSWERS = Limit(most=120, period=timedelta(minutes=1))  # of a person in one enrolment; each is an event


@dataclass(kw_only=True)
class Study(Aggregate):
    """学习: id is the enrolment's. Its lessons are those of the course on the day when learning opened.

    It is written when a lesson is entered and when a play session has ended, not at each report.
    """

    person_id: str
    course_id: str
    opened_at: datetime
    closes_at: datetime
    policy: StudyPolicy
    lessons: list[LessonProgress]
    last_lesson_id: str | None = None  # where the learner was last
    started_at: datetime | None = None
    completed_at: datetime | None = None
    answers: Tally = field(default_factory=Tally)

    @classmethod
    def open(cls, opened: LearningOpened, course: Course) -> "Study":
        """开通学习 (R8). Raises CourseUnpublished."""
        if course.status is not CourseStatus.PUBLISHED:
            raise CourseUnpublished()
        return cls(
            id=opened.enrollment_id,
            person_id=opened.person_id,
            course_id=opened.course_id,
            opened_at=opened.opened_at,
            closes_at=opened.closes_at,
            policy=opened.policy,
            lessons=[LessonProgress.of(lesson) for lesson in course.lessons_for(opened.specialty)],
        )

    def check_may_enter(self, lesson_id: str, now: datetime) -> None:
        """Raises NotFound, StudyExpired (R9), StudyDone, LessonDone."""
        progress = self.lesson(lesson_id)
        self._check_window(now)
        if self.completed_at:
            raise StudyDone()
        if progress.completed:
            raise LessonDone()

    def enter(self, lesson_id: str, now: datetime) -> None:
        """进入课程. Raises as `check_may_enter`."""
        self.check_may_enter(lesson_id, now)
        self.lesson(lesson_id).entered = True
        self.last_lesson_id, self.started_at = lesson_id, self.started_at or now

    def absorb(self, session: PlaySession, now: datetime) -> None:
        """What a play session has earned becomes the lesson's; the same again changes nothing (R25)."""
        progress = self.lesson(session.lesson_id)
        if not progress.completed:
            progress.absorb(session.covered_ms, session.checks)
            self._complete_when_ready(progress, now)

    def answer_question(self, lesson_id: str, question_id: str, *, right: bool, now: datetime) -> bool:
        """答题 → whether the lesson's quiz is done; wrong answers cost nothing (R24).

        Raises NotFound, StudyExpired, AnsweredTooOften.
        """
        progress = self.lesson(lesson_id)
        if question_id not in progress.question_ids:
            raise NotFound(what="Question")
        self._check_window(now)
        if wait_s := self.answers.wait_s(ANSWERS, now):
            raise AnsweredTooOften(most=ANSWERS.most, retry_after_s=wait_s)
        self.answers.add(ANSWERS, now)
        progress.answer(question_id, right=right)
        self.record(event_factory.quiz_answered(self, progress, question_id, right))
        self._complete_when_ready(progress, now)
        return progress.quiz_done

    def extend_window(self, closes_at: datetime) -> None:
        """学习期顺延: an outage of ours, or a suspension that was lifted; never earlier than before (R9)."""
        self.closes_at = max(self.closes_at, closes_at)

    def lesson(self, id: str) -> LessonProgress:
        """Raises NotFound."""
        for progress in self.lessons:
            if progress.lesson_id == id:
                return progress
        raise NotFound(what="Lesson")

    def hours(self) -> list[KindHours]:
        """Needed, earned and remaining by kind (R22)."""
        return [hours_of(kind, self.lessons, self.policy) for kind in LessonKind]

    def _check_window(self, now: datetime) -> None:
        if now >= self.closes_at:
            raise StudyExpired(closed_at=self.closes_at)

    def _complete_when_ready(self, progress: LessonProgress, now: datetime) -> None:
        if progress.completed or not progress.is_ready(self.policy):
            return
        progress.completed = True
        self.record(event_factory.lesson_completed(self, progress))
        self._finish_when_done(now)

    def _finish_when_done(self, now: datetime) -> None:
        """All that counts happened within the window, even if it is heard of after it (R9)."""
        if self.completed_at or self.started_at is None or not all(kind.done for kind in self.hours()):
            return
        self.completed_at = min(now, self.closes_at)
        completed = [lesson for lesson in self.lessons if lesson.completed]
        self.record(
            event_factory.study_completed(
                self, completed, started_at=self.started_at, completed_at=self.completed_at
            )
        )

"""课时内容: the video and the quiz of a lesson, for learners whose identity is verified (R16, R24)."""

from dataclasses import dataclass
from datetime import datetime

from services.learning.domain import Learner, Lesson, Study
from services.learning.domain.access import owned_by
from services.learning.domain.progress import LessonProgress
from services.learning.storage import Courses, Learners, Studies


@dataclass(frozen=True, kw_only=True)
class AnswerOutcome:
    """Whether the answer was right, and whether the lesson's quiz is done with it."""

    right: bool
    quiz_done: bool


@dataclass(frozen=True, kw_only=True)
class LessonContent:
    """What a learner watches and answers."""

    studies: Studies
    learners: Learners
    courses: Courses

    def open(self, enrollment_id: str, lesson_id: str, *, person_id: str) -> tuple[Lesson, LessonProgress]:
        """The lesson and how far its learner is.

        Raises NotFound, IdentityUnverified (R16), StudyClosed (R5).
        """
        study = self.studies.get(enrollment_id, authorise=owned_by(person_id))
        lesson = self._lesson(study, self.learners.of(person_id), lesson_id)
        return lesson, study.lesson(lesson_id)

    def course_of(self, enrollment_id: str, lesson_id: str, *, person_id: str) -> str:
        """The course of a lesson that this learner may open. Raises as `open`."""
        study = self.studies.get(enrollment_id, authorise=owned_by(person_id))
        self.learners.of(person_id).check_may_learn(study.id)
        study.lesson(lesson_id)
        return study.course_id

    def answer_question(
        self,
        enrollment_id: str,
        lesson_id: str,
        question_id: str,
        option: int,
        *,
        person_id: str,
        now: datetime,
    ) -> AnswerOutcome:
        """答题; wrong answers can be retried without limit (R24).

        Raises as `open`, and OptionUnknown, StudyExpired (R9).
        """
        learner = self.learners.of(person_id)

        def answer(study: Study) -> AnswerOutcome:
            question = self._lesson(study, learner, lesson_id).question(question_id)
            right = question.is_right(option)
            quiz_done = study.answer_question(lesson_id, question_id, right=right, now=now)
            return AnswerOutcome(right=right, quiz_done=quiz_done)

        return self.studies.update(enrollment_id, answer, authorise=owned_by(person_id))

    def _lesson(self, study: Study, learner: Learner, lesson_id: str) -> Lesson:
        """From the course, which is final since before the study was opened."""
        learner.check_may_learn(study.id)
        study.lesson(lesson_id)
        return self.courses.get(study.course_id).lesson(lesson_id)

"""题库练习: staff keep a bank of questions, learners practise with it; hours are not touched (R27)."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.learning.domain import Course, Study
from services.learning.domain.access import owned_by, run_by
from services.learning.domain.course_errors import BankFull, PracticeLimit
from services.learning.domain.practice import (
    DAY,
    MAX_DRAWN,
    MAX_PRACTICES,
    MAX_QUESTIONS,
    Practice,
    PracticeCount,
    PracticeItem,
    PracticeQuestion,
)
from services.learning.storage import Courses, Learners, PracticeQuestions, Practices, Studies
from shared.domain.access import only_where
from shared.domain.principal import Principal


@dataclass(frozen=True, kw_only=True)
class PracticeDraft:
    """A question of the bank, as staff write it. `specialty`: the course's when there is none."""

    key: str
    prompt: str
    options: list[str]
    answer: int
    explanation: str
    specialty: str | None

    def question(self, course: Course) -> PracticeQuestion:
        """The same key in the same course is the same question."""
        digest = hashlib.sha256(f"{course.id}\n{self.key}".encode()).hexdigest()
        return PracticeQuestion(
            id=digest[:32],
            organisation=course.organisation,
            course_id=course.id,
            key=self.key,
            specialty=self.specialty or course.specialty,
            prompt=self.prompt,
            options=self.options,
            answer=self.answer,
            explanation=self.explanation,
        )


@dataclass(frozen=True, kw_only=True)
class QuestionBank:
    """What staff do with the questions of their courses; others' are not found."""

    courses: Courses
    questions: PracticeQuestions

    def put(self, staff: Principal, course_id: str, draft: PracticeDraft) -> PracticeQuestion:
        """新增或修改题目; the same again changes nothing. Raises NotFound, QuestionInvalid, BankFull."""
        course = self.courses.get(course_id, authorise=run_by(staff.organisation))
        new = draft.question(course)
        new.check()
        if not self.questions.has(new.id) and self.questions.count(course_id) >= MAX_QUESTIONS:
            raise BankFull(most=MAX_QUESTIONS)

        def change(question: PracticeQuestion) -> None:
            question.specialty, question.prompt, question.options = new.specialty, new.prompt, new.options
            question.answer, question.explanation, question.retired = new.answer, new.explanation, False

        return self.questions.upsert(new, change)

    def retire(self, staff: Principal, course_id: str, question_id: str) -> None:
        """停用: it is not drawn any more; what was practised stays. Raises NotFound."""

        def change(question: PracticeQuestion) -> None:
            question.retired = True

        whose = only_where("Question", organisation=staff.organisation, course_id=course_id)
        self.questions.update(question_id, change, authorise=whose)

    def list_questions(self, staff: Principal, course_id: str, page: int) -> list[PracticeQuestion]:
        """Of a course. Raises NotFound."""
        self.courses.get(course_id, authorise=run_by(staff.organisation))
        return self.questions.page(page, course_id=course_id)


@dataclass(frozen=True, kw_only=True)
class PracticeRoom:
    """What learners do; they read their study and never change it."""

    studies: Studies
    learners: Learners
    questions: PracticeQuestions
    practices: Practices

    def start(
        self, enrollment_id: str, count: int, specialty: str | None, *, person_id: str, now: datetime
    ) -> Practice:
        """开始练习: so many questions at random, fewer when there are not as many.

        Raises NotFound, IdentityUnverified (R16), StudyClosed (R5), PracticeLimit, PracticeEmpty.
        """
        study = self._study(enrollment_id, person_id)
        if self.practices.count_since(person_id, now - DAY) >= MAX_PRACTICES:
            raise PracticeLimit(most=MAX_PRACTICES, retry_after_s=3_600)
        drawn = self.questions.draw(study.course_id, specialty, min(count, MAX_DRAWN))
        practice = Practice.start(
            secrets.token_hex(16),
            person_id=person_id,
            enrollment_id=enrollment_id,
            course_id=study.course_id,
            questions=drawn,
            now=now,
        )
        return self.practices.add(practice)

    def show(self, enrollment_id: str, practice_id: str, *, person_id: str) -> Practice:
        """Raises NotFound."""
        return self.practices.get(practice_id, authorise=_own(enrollment_id, person_id))

    def list_practices(self, enrollment_id: str, page: int, *, person_id: str) -> list[Practice]:
        """The newest first. Raises NotFound."""
        self.studies.get(enrollment_id, authorise=owned_by(person_id))
        return self.practices.page(
            page, order="-started_at", person_id=person_id, enrollment_id=enrollment_id
        )

    def answer(
        self, enrollment_id: str, practice_id: str, question_id: str, option: int, *, person_id: str
    ) -> PracticeItem:
        """作答. Raises NotFound, OptionUnknown, and as `start`."""
        self._study(enrollment_id, person_id)
        return self.practices.update(
            practice_id,
            lambda practice: practice.answer(question_id, option),
            authorise=_own(enrollment_id, person_id),
        )

    def count(self, enrollment_id: str, *, person_id: str) -> tuple[int, list[PracticeCount]]:
        """练习统计: how many practices, and answers by specialty. Raises NotFound."""
        self.studies.get(enrollment_id, authorise=owned_by(person_id))
        return self.practices.counts(person_id, enrollment_id)

    def _study(self, enrollment_id: str, person_id: str) -> Study:
        study = self.studies.get(enrollment_id, authorise=owned_by(person_id))
        self.learners.of(person_id).check_may_learn(enrollment_id)
        return study


def _own(enrollment_id: str, person_id: str) -> Callable[[object], None]:
    return only_where("Practice", enrollment_id=enrollment_id, person_id=person_id)

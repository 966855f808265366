"""题库练习: questions to practise with, beside the lessons; it earns no hours and costs none (R27)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.learning.domain.course import Question
from services.learning.domain.course_errors import PracticeEmpty
from shared.domain.aggregate import Aggregate
from shared.domain.errors import NotFound

MAX_QUESTIONS = 5_000  # of a course
MAX_DRAWN = 50  # in one practice
MAX_PRACTICES = 100  # of a person, in 24 hours
DAY = timedelta(days=1)


@dataclass(kw_only=True)
class PracticeQuestion(Aggregate):
    """练习题: one of a course's bank. Its author's key names it within the course."""

    organisation: str
    course_id: str
    key: str
    specialty: str  # 专业
    prompt: str
    options: list[str]
    answer: int  # index of the right option
    explanation: str  # 解析
    retired: bool = False  # not drawn any more

    def check(self) -> None:
        """Raises QuestionInvalid."""
        Question(id=self.id, prompt=self.prompt, options=self.options, answer=self.answer).check(self.key)


@dataclass(frozen=True, kw_only=True)
class PracticeItem:
    """A question as it was when it was drawn, and what was answered first."""

    question_id: str
    specialty: str
    prompt: str
    options: list[str]
    answer: int
    explanation: str
    chosen: int | None = None

    @classmethod
    def of(cls, question: PracticeQuestion) -> "PracticeItem":
        """Not answered yet."""
        return cls(
            question_id=question.id,
            specialty=question.specialty,
            prompt=question.prompt,
            options=question.options,
            answer=question.answer,
            explanation=question.explanation,
        )

    @property
    def right(self) -> bool:
        """Whether the first answer was right."""
        return self.chosen == self.answer

    def choose(self, option: int) -> "PracticeItem":
        """Raises OptionUnknown."""
        question = Question(id=self.question_id, prompt=self.prompt, options=self.options, answer=self.answer)
        question.is_right(option)
        return replace(self, chosen=option)


@dataclass(kw_only=True)
class Practice(Aggregate):
    """一次练习: questions drawn for one learner."""

    person_id: str
    enrollment_id: str
    course_id: str
    started_at: datetime
    items: list[PracticeItem]

    @classmethod
    def start(
        cls, id: str, *, person_id: str, enrollment_id: str, course_id: str,
        questions: Iterable[PracticeQuestion], now: datetime,
    ) -> "Practice":  # fmt: skip
        """开始练习. Raises PracticeEmpty."""
        items = [PracticeItem.of(question) for question in questions]
        if not items:
            raise PracticeEmpty()
        return cls(
            id=id, person_id=person_id, enrollment_id=enrollment_id, course_id=course_id, started_at=now,
            items=items,
        )  # fmt: skip

    def answer(self, question_id: str, option: int) -> PracticeItem:
        """作答: the first answer counts, again shows it. Raises NotFound, OptionUnknown."""
        for index, item in enumerate(self.items):
            if item.question_id == question_id:
                if item.chosen is None:
                    self.items[index] = item.choose(option)
                return self.items[index]
        raise NotFound(what="Question")


@dataclass(frozen=True, kw_only=True)
class PracticeCount:
    """练习统计: questions of one specialty that were answered, and rightly."""

    specialty: str
    answered: int
    right: int

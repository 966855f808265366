"""题库练习: a bank of questions beside the lessons; practising earns no hours and costs none (R27)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.application.practice import PracticeDraft
from services.learning.domain.practice import MAX_DRAWN, Practice, PracticeItem, PracticeQuestion
from shared.http.access import OrganisationStaff, PersonId
from shared.http.numbers import Integer, Whole
from shared.http.paging import Page

router = APIRouter(tags=["practice 题库练习"])
Text = Annotated[str, Field(min_length=1, max_length=500)]
Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class PracticeQuestionInput(BaseModel):
    """A question of the bank."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    prompt: Text
    options: list[Text] = Field(min_length=2, max_length=10)
    answer: Whole = Field(description="Index of the right option")
    explanation: str = Field(default="", max_length=2_000, description="解析")
    specialty: str | None = Field(
        default=None, min_length=1, max_length=200, description="The course's when absent"
    )


class BankQuestion(BaseModel):
    """A question of the bank, as its authors see it."""

    question_id: str
    key: str
    specialty: str
    prompt: str
    options: list[str]
    answer: int
    explanation: str
    retired: bool


class BankListing(BaseModel):
    """A page of the bank."""

    questions: list[BankQuestion]


class PracticeInput(BaseModel):
    """What to practise."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=10, ge=1, le=MAX_DRAWN, description="题数")
    specialty: str | None = Field(default=None, max_length=200)


class PracticeItemAnswer(BaseModel):
    """A question that was drawn; what is right is shown once it was answered."""

    question_id: str
    specialty: str
    prompt: str
    options: list[str]
    chosen: int | None
    correct: bool | None
    right_option: int | None
    explanation: str | None


class PracticeAnswer(BaseModel):
    """One practice."""

    practice_id: str
    started_at: datetime
    questions: list[PracticeItemAnswer]
    answered: int
    correct: int


class PracticeListing(BaseModel):
    """A page of practices, the newest first."""

    practices: list[PracticeAnswer]


class ChoiceInput(BaseModel):
    """The option chosen for one question."""

    model_config = ConfigDict(extra="forbid")

    question_id: str = Field(max_length=64)
    option: Integer = Field(strict=True, description="Index of the option")


class SpecialtyCount(BaseModel):
    """Of one specialty."""

    specialty: str
    answered: int
    correct: int


class PracticeStatistics(BaseModel):
    """练习统计 of one enrolment."""

    practices: int
    answered: int
    correct: int
    specialties: list[SpecialtyCount]


@router.put("/courses/{course_id}/practice-questions/{key}")
def put_question(
    course_id: str, key: Key, question: PracticeQuestionInput, who: OrganisationStaff, runtime: RuntimeDep
) -> BankQuestion:
    """Add a question to the bank, or change the one of this key 新增或修改题目."""
    draft = PracticeDraft(key=key, **question.model_dump())
    return _banked(runtime.question_bank.put(who, course_id, draft))


@router.get("/courses/{course_id}/practice-questions")
def list_questions(
    course_id: str, who: OrganisationStaff, runtime: RuntimeDep, page: Page = 1
) -> BankListing:
    """The bank of a course 题库; 50 a page."""
    found = runtime.question_bank.list_questions(who, course_id, page)
    return BankListing(questions=[_banked(question) for question in found])


@router.delete("/courses/{course_id}/practice-questions/{question_id}", status_code=204)
def retire_question(course_id: str, question_id: str, who: OrganisationStaff, runtime: RuntimeDep) -> None:
    """Retire a question, by its id 停用题目; what was practised with it stays."""
    runtime.question_bank.retire(who, course_id, question_id)


@router.post("/enrollments/{enrollment_id}/practices", status_code=201)
def start_practice(
    enrollment_id: str, wanted: PracticeInput, person_id: PersonId, runtime: RuntimeDep, now: Now
) -> PracticeAnswer:
    """Draw questions at random 开始练习. 409 practice.empty; 429 practice.limit."""
    return _practice(
        runtime.practice_room.start(
            enrollment_id, wanted.count, wanted.specialty, person_id=person_id, now=now
        )
    )


@router.get("/enrollments/{enrollment_id}/practices")
def list_practices(
    enrollment_id: str, person_id: PersonId, runtime: RuntimeDep, page: Page = 1
) -> PracticeListing:
    """My practices 练习记录; 50 a page."""
    found = runtime.practice_room.list_practices(enrollment_id, page, person_id=person_id)
    return PracticeListing(practices=[_practice(practice) for practice in found])


@router.get("/enrollments/{enrollment_id}/practices/{practice_id}")
def show_practice(
    enrollment_id: str, practice_id: str, person_id: PersonId, runtime: RuntimeDep
) -> PracticeAnswer:
    """One practice 练习详情."""
    return _practice(runtime.practice_room.show(enrollment_id, practice_id, person_id=person_id))


@router.post("/enrollments/{enrollment_id}/practices/{practice_id}/answers")
def answer_practice(
    enrollment_id: str, practice_id: str, choice: ChoiceInput, person_id: PersonId, runtime: RuntimeDep
) -> PracticeItemAnswer:
    """Answer one question, and see what is right and why 作答. The first answer counts."""
    return _item(
        runtime.practice_room.answer(
            enrollment_id, practice_id, choice.question_id, choice.option, person_id=person_id
        )
    )


@router.get("/enrollments/{enrollment_id}/practice-statistics")
def show_statistics(enrollment_id: str, person_id: PersonId, runtime: RuntimeDep) -> PracticeStatistics:
    """How my practising goes 练习统计."""
    practices, counts = runtime.practice_room.count(enrollment_id, person_id=person_id)
    return PracticeStatistics(
        practices=practices,
        answered=sum(count.answered for count in counts),
        correct=sum(count.right for count in counts),
        specialties=[
            SpecialtyCount(specialty=count.specialty, answered=count.answered, correct=count.right)
            for count in counts
        ],
    )


def _banked(question: PracticeQuestion) -> BankQuestion:
    return BankQuestion(
        question_id=question.id,
        key=question.key,
        specialty=question.specialty,
        prompt=question.prompt,
        options=question.options,
        answer=question.answer,
        explanation=question.explanation,
        retired=question.retired,
    )


def _practice(practice: Practice) -> PracticeAnswer:
    return PracticeAnswer(
        practice_id=practice.id,
        started_at=practice.started_at,
        questions=[_item(item) for item in practice.items],
        answered=sum(item.chosen is not None for item in practice.items),
        correct=sum(item.right for item in practice.items),
    )


def _item(item: PracticeItem) -> PracticeItemAnswer:
    answered = item.chosen is not None
    return PracticeItemAnswer(
        question_id=item.question_id,
        specialty=item.specialty,
        prompt=item.prompt,
        options=item.options,
        chosen=item.chosen,
        correct=item.right if answered else None,
        right_option=item.answer if answered else None,
        explanation=item.explanation if answered else None,
    )

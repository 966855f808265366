"""课时内容: the video and the quiz of a lesson, for learners whose identity is verified (R16, R24)."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.api.streaming import stream
from shared.http.access import PersonId
from shared.http.numbers import Integer

router = APIRouter(tags=["lessons 课时"])


class QuestionAnswer(BaseModel):
    """A question, without its answer."""

    question_id: str
    prompt: str
    options: list[str]
    answered: bool
    right: bool = Field(description="Answered rightly at least once")


class Quiz(BaseModel):
    """The quiz of a lesson."""

    questions: list[QuestionAnswer]
    quiz_done: bool


class AnswerInput(BaseModel):
    """The option chosen for one question."""

    model_config = ConfigDict(extra="forbid")

    question_id: str = Field(max_length=64)
    option: Integer = Field(strict=True, description="Index of the option")


class AnswerResult(BaseModel):
    """Wrong answers can be tried again without limit and never cost hours."""

    correct: bool
    quiz_done: bool


@router.get(
    "/enrollments/{enrollment_id}/lessons/{lesson_id}/video",
    response_class=StreamingResponse,
    responses={206: {"description": "The range asked for"}, 416: {"description": "range.unsatisfiable"}},
)
def show_video(
    enrollment_id: str,
    lesson_id: str,
    person_id: PersonId,
    runtime: RuntimeDep,
    wanted: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    """The video of a lesson, or a range of it 播放视频. Watching earns hours through reports only."""
    lesson, _ = runtime.content.open(enrollment_id, lesson_id, person_id=person_id)
    return stream(runtime.videos, lesson.video, wanted, if_range)


@router.get("/enrollments/{enrollment_id}/lessons/{lesson_id}/quiz")
def show_quiz(enrollment_id: str, lesson_id: str, person_id: PersonId, runtime: RuntimeDep) -> Quiz:
    """The quiz of a lesson 课后答题."""
    lesson, progress = runtime.content.open(enrollment_id, lesson_id, person_id=person_id)
    questions = [
        QuestionAnswer(
            question_id=question.id,
            prompt=question.prompt,
            options=question.options,
            answered=question.id in progress.answered_ids,
            right=question.id in progress.right_ids,
        )
        for question in lesson.quiz
    ]
    return Quiz(questions=questions, quiz_done=progress.quiz_done)


@router.post("/enrollments/{enrollment_id}/lessons/{lesson_id}/quiz/answers")
def answer_question(
    enrollment_id: str,
    lesson_id: str,
    answer: AnswerInput,
    person_id: PersonId,
    runtime: RuntimeDep,
    now: Now,
) -> AnswerResult:
    """Answer one question 答题. 422 quiz.option_unknown; 404 for an unknown question."""
    outcome = runtime.content.answer_question(
        enrollment_id, lesson_id, answer.question_id, answer.option, person_id=person_id, now=now
    )
    return AnswerResult(correct=outcome.right, quiz_done=outcome.quiz_done)

"""课时内容: the video and the quiz of a lesson, for learners whose identity is verified (R16, R24)."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from services.learning.adapters.videos import Videos
from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.api.ranges import ByteRange, Unsatisfiable, parse_range
from services.learning.domain import Video
from shared.http.access import PersonId
from shared.http.problems import problem

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
    option: int = Field(strict=True, description="Index of the option")


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
    unchanged = if_range in (None, _etag(lesson.video))
    try:
        part = parse_range(wanted if unchanged else None, lesson.video.size)
    except Unsatisfiable:
        return _unsatisfiable(lesson.video)
    return _stream(runtime.videos, lesson.video, part)


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


def _stream(bucket: Videos, video: Video, part: ByteRange | None) -> Response:
    sent = part or ByteRange(first=0, length=video.size)
    headers = _headers(video) | {"Content-Length": str(sent.length)}
    if part:
        headers["Content-Range"] = part.content_range(video.size)
    pieces = bucket.stream(video.key, sent.first, sent.length)
    return StreamingResponse(
        pieces, status_code=206 if part else 200, media_type=video.content_type, headers=headers
    )


def _unsatisfiable(video: Video) -> Response:
    answer = problem(416, "range.unsatisfiable", "The video is shorter 请求的范围超出视频.", size=video.size)
    answer.headers["Content-Range"] = f"bytes */{video.size}"
    return answer


def _headers(video: Video) -> dict[str, str]:
    return {"Accept-Ranges": "bytes", "ETag": _etag(video), "Cache-Control": "private, max-age=3600"}


def _etag(video: Video) -> str:
    return f'"{video.sha256}"'

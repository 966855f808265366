"""课时内容: the video and the quiz of a lesson, for learners whose identity is verified (R16, R24)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from services.learning.adapters.videos import BUCKET, Videos
from services.learning.api.access import Now, courses, decide, learner_of, own_study, studies
from services.learning.api.ranges import ByteRange, Unsatisfiable, parse_range
from services.learning.domain import Lesson, Study, Video
from services.learning.runtime import LearningRuntime
from shared.domain.principal import Principal
from shared.http.access import Learner, runtime_of
from shared.http.problems import problem

router = APIRouter(tags=["lessons 课时"])


class QuestionAnswer(BaseModel):
    """A question, without its answer."""

    question_id: str
    prompt: str
    options: list[str]
    answered: bool = Field(description="Answered rightly at least once")


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
    who: Learner,
    process: Annotated[LearningRuntime, Depends(runtime_of(LearningRuntime))],
    wanted: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    """The video of a lesson, or a range of it 播放视频. Watching earns hours through reports only."""
    video = _open_lesson(enrollment_id, lesson_id, who)[1].video
    fresh = if_range in (None, _etag(video))
    try:
        part = parse_range(wanted if fresh else None, video.size)
    except Unsatisfiable:
        return _unsatisfiable(video)
    return _stream(Videos(process.settings, BUCKET), video, part)


@router.get("/enrollments/{enrollment_id}/lessons/{lesson_id}/quiz")
def show_quiz(enrollment_id: str, lesson_id: str, who: Learner) -> Quiz:
    """The quiz of a lesson 课后答题."""
    study, lesson = _open_lesson(enrollment_id, lesson_id, who)
    progress = study.lesson(lesson_id)
    questions = [
        QuestionAnswer(
            question_id=it.id,
            prompt=it.prompt,
            options=it.options,
            answered=it.id in progress.right_ids,
        )
        for it in lesson.quiz
    ]
    return Quiz(questions=questions, quiz_done=progress.quiz_done)


@router.post("/enrollments/{enrollment_id}/lessons/{lesson_id}/quiz/answers")
def answer_question(
    enrollment_id: str, lesson_id: str, answer: AnswerInput, who: Learner, now: Now
) -> AnswerResult:
    """Answer one question 答题. 422 quiz.option_unknown; 404 for an unknown question."""
    _, lesson = _open_lesson(enrollment_id, lesson_id, who)
    right = lesson.question(answer.question_id).is_right(answer.option)
    done = decide(
        studies, enrollment_id, lambda it: it.answer(lesson_id, answer.question_id, right=right, now=now)
    )
    return AnswerResult(correct=right, quiz_done=done)


def _open_lesson(enrollment_id: str, lesson_id: str, who: Principal) -> tuple[Study, Lesson]:
    study = own_study(enrollment_id, who)
    learner_of(study).check_may_learn(enrollment_id)
    study.lesson(lesson_id)
    return study, courses.get(study.course_id).lesson(lesson_id)


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

"""课程: organisation staff draft, fill and publish their courses (R22)."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json

from services.learning.adapters.probe import probe
from services.learning.adapters.videos import BUCKET, Videos, sha256
from services.learning.api.access import courses
from services.learning.domain import Course, Lesson, Question, Video
from services.learning.runtime import LearningRuntime
from shared.domain.errors import DomainError, ErrorKind, NotFound
from shared.domain.principal import Forbidden, Principal
from shared.events.terms import LessonKind
from shared.http.access import OrganisationStaff, runtime_of

router = APIRouter(tags=["courses 课程"])
Text = Annotated[str, Field(min_length=1, max_length=200)]


class VideoTooLarge(DomainError):
    """视频过大."""

    code = "video.too_large"
    kind = ErrorKind.INVALID
    message = "The video has {size} bytes, at most {most} are taken 视频文件过大."


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class CourseInput(_Input):
    """A course to be drafted."""

    title: Text = Field(examples=["工程造价继续教育"])
    specialty: Text = Field(description="专业", examples=["土木建筑"])


class CourseDrafted(BaseModel):
    """The new draft."""

    course_id: str


class QuestionInput(_Input):
    """One question of the quiz after a lesson."""

    prompt: Text
    options: list[Text] = Field(min_length=2, max_length=10)
    answer: int = Field(ge=0, description="Index of the right option")


class LessonInput(_Input):
    """A lesson; its duration comes from the video."""

    title: Text = Field(examples=["工程量清单计价"])
    chapter: Text = Field(description="章", examples=["第一章"])
    kind: LessonKind
    specialty: Text | None = Field(default=None, description="专业 of an elective; the course's when absent")
    quiz: list[QuestionInput] = Field(default=[], max_length=50)


class LessonAdded(BaseModel):
    """The new lesson."""

    lesson_id: str
    duration_ms: int = Field(description="Found in the video's bytes")


@router.post("/courses", status_code=201)
def draft_course(course: CourseInput, who: OrganisationStaff) -> CourseDrafted:
    """Draft a course 新建课程."""
    if not who.organisation:
        raise Forbidden()
    fresh = Course(
        id=secrets.token_hex(16),
        organisation=who.organisation,
        title=course.title,
        specialty=course.specialty,
    )
    return CourseDrafted(course_id=courses.add(fresh).id)


@router.post("/courses/{course_id}/lessons", status_code=201)
def add_lesson(
    course_id: str,
    who: OrganisationStaff,
    process: Annotated[LearningRuntime, Depends(runtime_of(LearningRuntime))],
    video: Annotated[UploadFile, File(description="MP4 or WebM")],
    lesson: Annotated[Json[LessonInput], Form(description="JSON of the lesson")],
) -> LessonAdded:
    """Add a lesson with its video to a draft 上传课时; 422 video.unreadable when it cannot be played."""
    course = _own(course_id, who)
    course.check_draft()
    if (video.size or 0) > process.settings.video_max_bytes:
        raise VideoTooLarge(size=video.size, most=process.settings.video_max_bytes)
    added = _lesson(course, lesson, video)
    course.add_lesson(added)  # refuses a wrong quiz before anything is stored
    bucket = Videos(process.settings, BUCKET)
    bucket.store(added.video.key, video.file, added.video.size, added.video.content_type)
    try:
        courses.update(course_id, lambda it: it.add_lesson(added))
    except DomainError:  # published in the meantime
        bucket.delete(added.video.key)
        raise
    return LessonAdded(lesson_id=added.id, duration_ms=added.video.duration_ms)


@router.post("/courses/{course_id}/publication", status_code=204)
def publish_course(course_id: str, who: OrganisationStaff) -> None:
    """Publish a course, for good 发布课程; 409 course.empty without a lesson."""
    _own(course_id, who)
    courses.update(course_id, lambda it: it.publish())


def _own(course_id: str, who: Principal) -> Course:
    course = courses.get(course_id)
    if course.organisation != who.organisation:
        raise NotFound(what="Course")
    return course


def _lesson(course: Course, lesson: LessonInput, upload: UploadFile) -> Lesson:
    lesson_id, found = secrets.token_hex(16), probe(upload.file)
    return Lesson(
        id=lesson_id,
        title=lesson.title,
        chapter=lesson.chapter,
        kind=lesson.kind,
        specialty=lesson.specialty or course.specialty,
        video=Video(
            key=f"{course.id}/{lesson_id}",
            sha256=sha256(upload.file),
            size=upload.size or 0,
            content_type=found.content_type,
            duration_ms=found.duration_ms,
        ),
        quiz=[_question(it) for it in lesson.quiz],
    )


def _question(it: QuestionInput) -> Question:
    return Question(id=secrets.token_hex(8), prompt=it.prompt, options=list(it.options), answer=it.answer)

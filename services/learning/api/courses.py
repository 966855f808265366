"""课程: organisation staff draft, fill and publish their courses (R22)."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json

from services.learning.api.dependencies import RuntimeDep
from services.learning.application.courses import LessonDraft, QuestionDraft, Upload
from shared.events.terms import LessonKind
from shared.http.access import OrganisationStaff
from shared.http.numbers import Whole

router = APIRouter(tags=["courses 课程"])
Text = Annotated[str, Field(min_length=1, max_length=200)]


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
    answer: Whole = Field(description="Index of the right option")


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
def draft_course(course: CourseInput, who: OrganisationStaff, runtime: RuntimeDep) -> CourseDrafted:
    """Draft a course 新建课程."""
    draft = runtime.authoring.draft(who, title=course.title, specialty=course.specialty)
    return CourseDrafted(course_id=draft.id)


@router.post("/courses/{course_id}/lessons", status_code=201)
def add_lesson(
    course_id: str,
    who: OrganisationStaff,
    runtime: RuntimeDep,
    video: Annotated[UploadFile, File(description="MP4 or WebM")],
    lesson: Annotated[Json[LessonInput], Form(description="JSON of the lesson")],
) -> LessonAdded:
    """Add a lesson with its video to a draft 上传课时; 422 video.unreadable when it cannot be played."""
    upload = Upload(file=video.file, size=video.size or 0)
    added = runtime.authoring.add_lesson(who, course_id, _draft(lesson), upload)
    return LessonAdded(lesson_id=added.id, duration_ms=added.video.duration_ms)


@router.post("/courses/{course_id}/publication", status_code=204)
def publish_course(course_id: str, who: OrganisationStaff, runtime: RuntimeDep) -> None:
    """Publish a course, for good 发布课程; 409 course.empty without a lesson."""
    runtime.authoring.publish(who, course_id)


def _draft(lesson: LessonInput) -> LessonDraft:
    return LessonDraft(
        title=lesson.title,
        chapter=lesson.chapter,
        kind=lesson.kind,
        specialty=lesson.specialty,
        quiz=[
            QuestionDraft(prompt=question.prompt, options=question.options, answer=question.answer)
            for question in lesson.quiz
        ],
    )

"""课程: organisation staff draft, fill and publish their courses (R22)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.application.courses import CourseDraft, LessonDraft, QuestionDraft, ReceivedFile
from services.learning.domain import Course, CourseStatus, Lesson
from services.learning.domain.course import Item
from services.learning.domain.rendition import RenditionState
from shared.events.terms import LessonKind
from shared.http.access import OrganisationStaff
from shared.http.numbers import Whole
from shared.http.paging import Page

router = APIRouter(tags=["courses 课程"])
Text = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class CourseInput(_Input):
    """A course to be drafted."""

    title: Text = Field(examples=["工程造价继续教育"])
    specialty: Text = Field(description="专业", examples=["土木建筑"])
    item: Item = Field(
        default=Item.MAIN, description="主项, or 增项: compulsory lessons of its specialty only"
    )
    contact: str = Field(default="", max_length=200, description="联系方式, shown to learners")
    key: Key | None = Field(default=None, description="Your name for it: the same again is the same course")


class ContactInput(_Input):
    """Whom learners of a course ask."""

    contact: str = Field(max_length=200, description="联系方式", examples=["武汉培训 027-8888 0000"])


class CourseDrafted(BaseModel):
    """The new draft, or the course that was drafted under this key before."""

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
    key: Key | None = Field(default=None, description="Your name for it, once in the course")


class LessonAdded(BaseModel):
    """The new lesson."""

    lesson_id: str
    duration_ms: int = Field(description="Found in the video's bytes")


class CourseSummary(BaseModel):
    """One course of the organisation."""

    course_id: str
    title: str
    specialty: str
    item: Item
    status: CourseStatus
    contact: str
    lessons: int


class CourseListing(BaseModel):
    """A page of courses."""

    courses: list[CourseSummary]


class VideoAnswer(BaseModel):
    """What was found in a lesson's video."""

    duration_ms: int
    size: int = Field(description="bytes")
    sha256: str
    source_sha256: str = Field(description="Of the file as it was uploaded")
    content_type: str
    width: int = Field(description="pixels; 0: not known")
    height: int
    video_codec: str | None
    audio_codec: str | None = Field(description="null: no sound")


class LessonShown(BaseModel):
    """One lesson, as its authors see it."""

    lesson_id: str
    key: str | None
    title: str
    kind: LessonKind
    specialty: str
    questions: int
    video: VideoAnswer
    rendition: RenditionState | None = Field(description="State of the 360p copy; null: none asked for")


class ChapterShown(BaseModel):
    """章: the lessons of a chapter, in order."""

    title: str
    lessons: list[LessonShown]


class CourseShown(CourseSummary):
    """A course with its chapters, in order."""

    chapters: list[ChapterShown]


class RenditionAnswer(BaseModel):
    """The 360p copy of a lesson's video."""

    state: RenditionState
    attempts: int
    due_at: datetime = Field(description="The next attempt is not before")


@router.post("/courses", status_code=201)
def draft_course(course: CourseInput, who: OrganisationStaff, runtime: RuntimeDep) -> CourseDrafted:
    """Draft a course 新建课程; 409 key.taken when the key names another one."""
    draft = CourseDraft(
        title=course.title,
        specialty=course.specialty,
        item=course.item,
        contact=course.contact,
        key=course.key,
    )
    return CourseDrafted(course_id=runtime.authoring.draft(who, draft).id)


@router.get("/courses")
def list_courses(who: OrganisationStaff, runtime: RuntimeDep, page: Page = 1) -> CourseListing:
    """The organisation's courses 本机构课程; 50 a page."""
    return CourseListing(courses=[_summary(course) for course in runtime.authoring.list_courses(who, page)])


@router.get("/courses/{course_id}")
def show_course(course_id: str, who: OrganisationStaff, runtime: RuntimeDep) -> CourseShown:
    """A course with chapters, lessons, and what was found in each video 课程结构."""
    course, renditions = runtime.authoring.show(who, course_id)
    states = {rendition.lesson_id: rendition.state for rendition in renditions}
    return CourseShown(**dict(_summary(course)), chapters=_chapters(course, states))


@router.put("/courses/{course_id}/contact", status_code=204)
def set_contact(course_id: str, contact: ContactInput, who: OrganisationStaff, runtime: RuntimeDep) -> None:
    """Whom learners ask 联系方式; can be changed after publication too."""
    runtime.authoring.set_contact(who, course_id, contact.contact)


@router.post("/courses/{course_id}/lessons", status_code=201)
def add_lesson(
    course_id: str,
    who: OrganisationStaff,
    runtime: RuntimeDep,
    now: Now,
    video: Annotated[UploadFile, File(description="MP4 or WebM, of less than 8 MiB with the form")],
    lesson: Annotated[Json[LessonInput], Form(description="JSON of the lesson")],
) -> LessonAdded:
    """Add a lesson with its small video to a draft 上传课时; 422 video.unreadable when it cannot be played.

    A larger video is uploaded in parts: see POST …/uploads.
    """
    received = ReceivedFile(file=video.file, size=video.size or 0)
    return _added(runtime.authoring.add_lesson(who, course_id, _draft(lesson), received, now))


@router.post("/courses/{course_id}/uploads/{upload_id}/lesson", status_code=201)
def add_uploaded_lesson(
    course_id: str,
    upload_id: str,
    lesson: LessonInput,
    who: OrganisationStaff,
    runtime: RuntimeDep,
    now: Now,
) -> LessonAdded:
    """Add a lesson whose video was uploaded in parts 添加课时; 409 upload.unready before it is examined.

    Again answers the same lesson.
    """
    return _added(runtime.authoring.add_uploaded_lesson(who, course_id, upload_id, _draft(lesson), now))


@router.delete("/courses/{course_id}/lessons/{lesson_id}", status_code=204)
def remove_lesson(
    course_id: str, lesson_id: str, who: OrganisationStaff, runtime: RuntimeDep, now: Now
) -> None:
    """Take a lesson out of a draft 删除课时; 409 course.published."""
    runtime.authoring.remove_lesson(who, course_id, lesson_id, now)


@router.post("/courses/{course_id}/lessons/{lesson_id}/rendition")
def retry_rendition(
    course_id: str, lesson_id: str, who: OrganisationStaff, runtime: RuntimeDep, now: Now
) -> RenditionAnswer:
    """Make the 360p copy again after it failed 重新转码."""
    rendition = runtime.authoring.retry_rendition(who, course_id, lesson_id, now)
    return RenditionAnswer(
        state=rendition.state, attempts=rendition.job.attempts, due_at=rendition.job.due_at
    )


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
        key=lesson.key,
    )


def _added(lesson: Lesson) -> LessonAdded:
    return LessonAdded(lesson_id=lesson.id, duration_ms=lesson.video.duration_ms)


def _summary(course: Course) -> CourseSummary:
    return CourseSummary(
        course_id=course.id,
        title=course.title,
        specialty=course.specialty,
        item=course.item,
        status=course.status,
        contact=course.contact,
        lessons=len(course.lessons),
    )


def _chapters(course: Course, states: dict[str, RenditionState]) -> list[ChapterShown]:
    return [
        ChapterShown(title=title, lessons=[_lesson(lesson, states.get(lesson.id)) for lesson in lessons])
        for title, lessons in course.chapters()
    ]


def _lesson(lesson: Lesson, rendition: RenditionState | None) -> LessonShown:
    video = lesson.video
    return LessonShown(
        lesson_id=lesson.id,
        key=lesson.key,
        title=lesson.title,
        kind=lesson.kind,
        specialty=lesson.specialty,
        questions=len(lesson.quiz),
        video=VideoAnswer(
            duration_ms=video.duration_ms,
            size=video.size,
            sha256=video.sha256,
            source_sha256=video.origin,
            content_type=video.content_type,
            width=video.width,
            height=video.height,
            video_codec=video.video_codec,
            audio_codec=video.audio_codec,
        ),
        rendition=rendition,
    )

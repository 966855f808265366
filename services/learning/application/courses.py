"""课程: organisation staff draft, fill and publish the courses of their organisation (R22)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from services.learning.adapters.probe import probe
from services.learning.adapters.videos import Videos, sha256
from services.learning.domain import Course, Lesson, Question, Video
from services.learning.domain.access import run_by
from services.learning.domain.errors import VideoTooLarge
from services.learning.storage import Courses
from shared.domain.errors import DomainError
from shared.domain.principal import Forbidden, Principal
from shared.events.terms import LessonKind


@dataclass(frozen=True, kw_only=True)
class QuestionDraft:
    """A question of a quiz; `answer` is the index of its right option."""

    prompt: str
    options: Sequence[str]
    answer: int

    def question(self) -> Question:
        """With an id of its own."""
        return Question(
            id=secrets.token_hex(8), prompt=self.prompt, options=list(self.options), answer=self.answer
        )


@dataclass(frozen=True, kw_only=True)
class LessonDraft:
    """A lesson whose video has not been looked at yet. `specialty`: the course's when there is none."""

    title: str
    chapter: str
    kind: LessonKind
    specialty: str | None
    quiz: Sequence[QuestionDraft]

    def lesson(self, course: Course, lesson_id: str, video: Video) -> Lesson:
        """The lesson in this course, with this video."""
        return Lesson(
            id=lesson_id,
            title=self.title,
            chapter=self.chapter,
            kind=self.kind,
            specialty=self.specialty or course.specialty,
            video=video,
            quiz=[draft.question() for draft in self.quiz],
        )


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it came: nothing about it is believed but its bytes."""

    file: BinaryIO
    size: int  # bytes

    def video(self, key: str) -> Video:
        """What is found in the bytes. Raises VideoUnreadable."""
        properties = probe(self.file)
        return Video(
            key=key,
            sha256=sha256(self.file),
            size=self.size,
            content_type=properties.content_type,
            duration_ms=properties.duration_ms,
        )


@dataclass(frozen=True, kw_only=True)
class CourseAuthoring:
    """What staff do with the courses of their organisation; others' are not found."""

    courses: Courses
    videos: Videos
    max_video_bytes: int

    def draft(self, staff: Principal, *, title: str, specialty: str) -> Course:
        """新建课程. Raises Forbidden for staff of no organisation."""
        if not staff.organisation:
            raise Forbidden()
        course = Course(
            id=secrets.token_hex(16), organisation=staff.organisation, title=title, specialty=specialty
        )
        return self.courses.add(course)

    def add_lesson(self, staff: Principal, course_id: str, draft: LessonDraft, upload: Upload) -> Lesson:
        """上传课时: the video is stored before the course names it, so that no lesson is without its video.

        The course is looked at twice, since an upload takes its time: what cannot be added is refused
        before anything is stored. Raises NotFound, CourseFinal, VideoTooLarge, VideoUnreadable,
        QuestionInvalid.
        """
        course = self.courses.get(course_id, authorise=run_by(staff.organisation))
        course.check_draft()
        lesson = self._examine(course, draft, upload)
        course.add_lesson(lesson)
        self.videos.store(lesson.video.key, upload.file, lesson.video.size, lesson.video.content_type)
        try:
            self.courses.update(
                course_id, lambda course: course.add_lesson(lesson), authorise=run_by(staff.organisation)
            )
        except DomainError:  # published in the meantime
            self.videos.delete(lesson.video.key)
            raise
        return lesson

    def publish(self, staff: Principal, course_id: str) -> None:
        """发布课程, for good; again changes nothing. Raises NotFound, CourseEmpty."""
        self.courses.update(course_id, lambda course: course.publish(), authorise=run_by(staff.organisation))

    def _examine(self, course: Course, draft: LessonDraft, upload: Upload) -> Lesson:
        if upload.size > self.max_video_bytes:
            raise VideoTooLarge(size=upload.size, most=self.max_video_bytes)
        lesson_id = secrets.token_hex(16)
        return draft.lesson(course, lesson_id, upload.video(f"{course.id}/{lesson_id}"))

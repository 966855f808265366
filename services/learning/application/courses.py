"""课程: organisation staff draft, fill and publish the courses of their organisation (R22)."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from services.learning.adapters.videos import Videos
from services.learning.application.video_files import playable
from services.learning.domain import Course, Lesson, Question, Video
from services.learning.domain.access import managed_by, run_by
from services.learning.domain.course import Item
from services.learning.domain.course_errors import KeyTaken
from services.learning.domain.errors import VideoTooLarge
from services.learning.domain.rendition import Rendition, rendition_id
from services.learning.storage import Courses, Renditions, Uploads
from shared.domain.errors import DomainError, NotFound
from shared.domain.principal import Forbidden, Principal
from shared.events.terms import LessonKind
from shared.persistence.repository import AlreadyExists


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
class CourseDraft:
    """A course to be drafted. `key`: its author's name for it; the same again finds the same course."""

    title: str
    specialty: str
    item: Item = Item.MAIN
    contact: str = ""
    key: str | None = None

    def course(self, organisation: str) -> Course:
        """The draft of this organisation."""
        digest = hashlib.sha256(f"{organisation}\n{self.key}".encode()).hexdigest()
        return Course(
            id=digest[:32] if self.key else secrets.token_hex(16),
            organisation=organisation,
            title=self.title,
            specialty=self.specialty,
            item=self.item,
            contact=self.contact,
        )


@dataclass(frozen=True, kw_only=True)
class LessonDraft:
    """A lesson whose video has not been looked at yet. `specialty`: the course's when there is none."""

    title: str
    chapter: str
    kind: LessonKind
    specialty: str | None
    quiz: Sequence[QuestionDraft]
    key: str | None = None

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
            key=self.key,
        )


@dataclass(frozen=True, kw_only=True)
class ReceivedFile:
    """A file as it came: nothing about it is believed but its bytes."""

    file: BinaryIO
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class CourseAuthoring:
    """What staff do with the courses of their organisation; others' are not found."""

    courses: Courses
    uploads: Uploads
    renditions: Renditions
    videos: Videos
    max_video_bytes: int

    def draft(self, staff: Principal, draft: CourseDraft) -> Course:
        """新建课程. Raises Forbidden for staff of no organisation; KeyTaken for another course's key."""
        if not staff.organisation:
            raise Forbidden()
        course = draft.course(staff.organisation)
        try:
            return self.courses.add(course)
        except AlreadyExists:
            before = self.courses.get(course.id, authorise=run_by(staff.organisation))
        if (before.title, before.specialty, before.item) != (course.title, course.specialty, course.item):
            raise KeyTaken(key=draft.key)
        return before

    def list_courses(self, staff: Principal, page: int) -> list[Course]:
        """Of the organisation."""
        return self.courses.page(page, organisation=staff.organisation)

    def show(self, staff: Principal, course_id: str) -> tuple[Course, list[Rendition]]:
        """The course and the renditions of its videos. Raises NotFound."""
        course = self.courses.get(course_id, authorise=run_by(staff.organisation))
        return course, self.renditions.of_course(course_id)

    def add_lesson(
        self, staff: Principal, course_id: str, draft: LessonDraft, received: ReceivedFile, now: datetime
    ) -> Lesson:
        """上传课时: the video is stored before the course names it, so that no lesson is without its video.

        The course is looked at twice, since an upload takes its time: what cannot be added is refused
        before anything is stored. Raises NotFound, CourseFinal, VideoTooLarge, VideoUnreadable,
        CodecUnplayable, KindUnfit, KeyTaken, QuestionInvalid.
        """
        course = self.courses.get(course_id, authorise=run_by(staff.organisation))
        course.check_draft()
        if received.size > self.max_video_bytes:
            raise VideoTooLarge(size=received.size, most=self.max_video_bytes)
        lesson_id = secrets.token_hex(16)
        with playable(received.file, received.size) as video:
            key = f"{course.id}/{lesson_id}"
            lesson = draft.lesson(course, lesson_id, video.video(key))
            course.add_lesson(lesson)
            video.store(self.videos, key)
        try:
            return self._add(staff, course_id, lesson, now)
        except DomainError:  # published in the meantime
            self.videos.delete(lesson.video.key)
            raise

    def add_uploaded_lesson(
        self, staff: Principal, course_id: str, upload_id: str, draft: LessonDraft, now: datetime
    ) -> Lesson:
        """课时, whose video has been uploaded in parts and examined; again answers the same lesson.

        The upload is taken first: a lesson whose video could still be forgotten would be worse than an
        upload that no lesson has. Raises NotFound, UploadUnready, CourseFinal, KindUnfit, KeyTaken,
        QuestionInvalid.
        """
        course = self.courses.get(course_id, authorise=run_by(staff.organisation))
        upload = self.uploads.get(upload_id, authorise=managed_by(staff.organisation))
        if before := course.find(upload_id):
            self._request_rendition(course_id, before, now)
            return before
        upload.check_course(course_id)
        video = self.uploads.update(upload_id, lambda upload: upload.use(now))
        try:
            return self._add(staff, course_id, draft.lesson(course, upload_id, video), now)
        except DomainError:
            self.uploads.update(upload_id, lambda upload: upload.give_back(now))
            raise

    def remove_lesson(self, staff: Principal, course_id: str, lesson_id: str, now: datetime) -> None:
        """删除课时 of a draft; again changes nothing. Raises NotFound, CourseFinal.

        Another lesson can take its upload, which is forgotten otherwise, and its video with it.
        """
        removed = self.courses.update(
            course_id, lambda course: course.remove_lesson(lesson_id), authorise=run_by(staff.organisation)
        )
        if removed is None:
            return
        try:
            self.uploads.update(lesson_id, lambda upload: upload.give_back(now))
        except NotFound:  # it was sent at once with the lesson
            self.videos.delete(removed.video.key)

    def set_contact(self, staff: Principal, course_id: str, contact: str) -> None:
        """联系方式, whether published or not. Raises NotFound."""

        def change(course: Course) -> None:
            course.contact = contact

        self.courses.update(course_id, change, authorise=run_by(staff.organisation))

    def retry_rendition(self, staff: Principal, course_id: str, lesson_id: str, now: datetime) -> Rendition:
        """重新转码; one that did not fail stays as it is. Raises NotFound."""
        lesson = self.courses.get(course_id, authorise=run_by(staff.organisation)).lesson(lesson_id)
        self._request_rendition(course_id, lesson, now)
        return self.renditions.update_and_get(rendition_id(lesson_id), lambda rendition: rendition.retry(now))

    def publish(self, staff: Principal, course_id: str) -> None:
        """发布课程, for good; again changes nothing. Raises NotFound, CourseEmpty."""
        self.courses.update(course_id, lambda course: course.publish(), authorise=run_by(staff.organisation))

    def _add(self, staff: Principal, course_id: str, lesson: Lesson, now: datetime) -> Lesson:
        """The lesson as it stands in the course: a repeat at the same time adds it once."""

        def add(course: Course) -> Lesson:
            if before := course.find(lesson.id):
                return before
            course.add_lesson(lesson)
            return lesson

        added = self.courses.update(course_id, add, authorise=run_by(staff.organisation))
        self._request_rendition(course_id, added, now)
        return added

    def _request_rendition(self, course_id: str, lesson: Lesson, now: datetime) -> None:
        try:
            self.renditions.add(Rendition.of(course_id, lesson.id, lesson.video, now))
        except AlreadyExists:
            return

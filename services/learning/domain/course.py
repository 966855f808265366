"""课程: a course is drafted by an organisation, and final once published (R22)."""

from dataclasses import dataclass, field
from enum import StrEnum

from services.learning.domain.course_errors import KeyTaken, KindUnfit
from services.learning.domain.errors import CourseEmpty, CourseFinal, OptionUnknown, QuestionInvalid
from shared.domain.aggregate import Aggregate
from shared.domain.errors import NotFound
from shared.events.learning import CoursePublished, LessonSummary
from shared.events.terms import LessonKind


class Item(StrEnum):
    """项目: what a course is for (R7)."""

    MAIN = "main"  # 主项: 40 common compulsory hours and 40 specialty elective ones
    ADD_ON = "add_on"  # 增项: 40 hours, specialty compulsory


class CourseStatus(StrEnum):
    """课程状态."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, kw_only=True)
class Question:
    """题目: one question with one right option."""

    id: str
    prompt: str
    options: list[str]
    answer: int  # index of the right option

    def check(self, name: int | str) -> None:
        """Raises QuestionInvalid, which says by `name` which question it is."""
        if len(self.options) < 2 or not 0 <= self.answer < len(self.options):
            raise QuestionInvalid(question=name, options=len(self.options))

    def is_right(self, option: int) -> bool:
        """Whether `option` is the answer. Raises OptionUnknown."""
        if not 0 <= option < len(self.options):
            raise OptionUnknown(most=len(self.options) - 1)
        return option == self.answer


@dataclass(frozen=True, kw_only=True)
class Video:
    """视频: where it is stored and what was found in its bytes."""

    key: str  # in the bucket of videos
    sha256: str
    size: int  # bytes
    content_type: str
    duration_ms: int
    width: int = 0  # pixels; 0: stored before it was looked at
    height: int = 0
    video_codec: str | None = None  # h264, vp9 …
    audio_codec: str | None = None
    source_sha256: str | None = None  # of the file as it came, where this one is a copy of its packets

    @property
    def origin(self) -> str:
        """The SHA-256 of the file that was uploaded."""
        return self.source_sha256 or self.sha256


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """课时: one video with its quiz."""

    id: str
    title: str
    chapter: str  # 章
    kind: LessonKind
    specialty: str  # 专业; matters for electives only
    video: Video
    quiz: list[Question]
    key: str | None = None  # its author's name for it, once in a course

    def question(self, id: str) -> Question:
        """Raises NotFound."""
        for question in self.quiz:
            if question.id == id:
                return question
        raise NotFound(what="Question")


@dataclass(kw_only=True)
class Course(Aggregate):
    """课程: lessons in the order in which they were added; chapters are named by the lessons."""

    organisation: str
    title: str
    specialty: str
    status: CourseStatus = CourseStatus.DRAFT
    lessons: list[Lesson] = field(default_factory=list)
    item: Item = Item.MAIN
    contact: str = ""  # whom learners ask; bears on no hours, so it can always be changed

    def check_draft(self) -> None:
        """Raises CourseFinal once the course is published."""
        if self.status is CourseStatus.PUBLISHED:
            raise CourseFinal()

    def add_lesson(self, lesson: Lesson) -> None:
        """Append a lesson to the draft. Raises CourseFinal, KindUnfit, KeyTaken, QuestionInvalid."""
        self.check_draft()
        if self.item is Item.ADD_ON and lesson.kind is not LessonKind.COMPULSORY:
            raise KindUnfit()
        if lesson.key and any(other.key == lesson.key for other in self.lessons):
            raise KeyTaken(key=lesson.key)
        for number, question in enumerate(lesson.quiz, start=1):
            question.check(number)
        self.lessons.append(lesson)

    def remove_lesson(self, lesson_id: str) -> Lesson | None:
        """Take a lesson out of the draft; None when it is not there. Raises CourseFinal."""
        self.check_draft()
        removed = self.find(lesson_id)
        self.lessons = [lesson for lesson in self.lessons if lesson.id != lesson_id]
        return removed

    def publish(self) -> None:
        """课程发布 → plans can use the course; again changes nothing. Raises CourseEmpty."""
        if self.status is CourseStatus.PUBLISHED:
            return
        if not self.lessons:
            raise CourseEmpty()
        self.status = CourseStatus.PUBLISHED
        self.record(
            CoursePublished(
                course_id=self.id,
                title=self.title,
                organisation=self.organisation,
                specialty=self.specialty,
                lessons=[self._summary(lesson) for lesson in self.lessons],
            )
        )

    def chapters(self) -> list[tuple[str, list[Lesson]]]:
        """章: titles in the order in which they first appear, each with its lessons in order."""
        found: dict[str, list[Lesson]] = {}
        for lesson in self.lessons:
            found.setdefault(lesson.chapter, []).append(lesson)
        return list(found.items())

    def lesson(self, id: str) -> Lesson:
        """Raises NotFound."""
        for lesson in self.lessons:
            if lesson.id == id:
                return lesson
        raise NotFound(what="Lesson")

    def lessons_for(self, specialty: str) -> list[Lesson]:
        """What a learner of this specialty learns (R7).

        Of a main item every compulsory lesson, which are common to all, and its own electives; of an add-on
        item what is compulsory in its specialty.
        """
        return [lesson for lesson in self.lessons if self._is_common(lesson) or lesson.specialty == specialty]

    def find(self, lesson_id: str) -> Lesson | None:
        """The lesson with this id, if it has been added."""
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)

    def _summary(self, lesson: Lesson) -> LessonSummary:
        return LessonSummary(
            lesson_id=lesson.id,
            title=lesson.title,
            kind=lesson.kind,
            duration_ms=lesson.video.duration_ms,
            video_sha256=lesson.video.sha256,
            questions=len(lesson.quiz),
            specialty=None if self._is_common(lesson) else lesson.specialty,
        )

    def _is_common(self, lesson: Lesson) -> bool:
        """Whether learners of every specialty learn it."""
        return self.item is Item.MAIN and lesson.kind is LessonKind.COMPULSORY

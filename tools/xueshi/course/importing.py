"""The import itself: what the service has already is not sent again, so it can be run again."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from tools.xueshi.course.client import StaffClient
from tools.xueshi.course.folder import CourseFolder, LessonEntry, PracticeEntry, QuestionEntry
from tools.xueshi.course.media import VideoFile
from tools.xueshi.errors import OperatorError

AHEAD = 3  # videos
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 3_600.0  # for the examination of one video, behind others


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an import has done; the rest had been there before."""

    course_id: str
    lessons_added: int
    bytes_sent: int
    questions: int
    published: bool


@dataclass(kw_only=True)
class Import:
    """One run. `progress` is called with (what, bytes done, bytes in all)."""

    client: StaffClient
    course: CourseFolder
    videos: Mapping[str, VideoFile]
    progress: Callable[[str, int, int], None]
    pause: Callable[[float], None] = time.sleep
    sent: int = 0

    def run(self, *, publish: bool) -> Outcome:
        """Upload and add what is missing, in order, then the bank; publish last. Raises OperatorError."""
        course_id = self._draft()
        shown = self.client.send("GET", f"/courses/{course_id}")
        missing = self._missing(shown)
        if missing and shown["status"] == "published":
            raise OperatorError(
                "The course is published and takes no more lessons: give it another key. "
                f"Missing: {', '.join(lesson.key for lesson in missing)}. 课程已发布, 请使用新的编号."
            )
        self._add_lessons(course_id, missing)
        for question in self.course.practice:
            path = f"/courses/{course_id}/practice-questions/{question.key}"
            self.client.send("PUT", path, json=_practice_body(question))
        if publish:
            self.client.send("POST", f"/courses/{course_id}/publication")
        return Outcome(
            course_id=course_id,
            lessons_added=len(missing),
            bytes_sent=self.sent,
            questions=len(self.course.practice),
            published=publish or shown["status"] == "published",
        )

    def _add_lessons(self, course_id: str, missing: list[LessonEntry]) -> None:
        """Some videos are sent ahead while earlier ones are examined: no more than may be under way."""
        ahead: deque[tuple[LessonEntry, str]] = deque()
        for lesson in missing:
            ahead.append((lesson, self._upload(course_id, lesson)))
            if len(ahead) > AHEAD:
                self._add(course_id, *ahead.popleft())
        while ahead:
            self._add(course_id, *ahead.popleft())

    def _add(self, course_id: str, lesson: LessonEntry, upload: str) -> None:
        self._await_ready(lesson, upload)
        path = f"/courses/{course_id}/uploads/{upload}/lesson"
        self.client.send("POST", path, json=_lesson_body(lesson))

    def _draft(self) -> str:
        course = self.course
        body = {"title": course.title, "specialty": course.specialty, "item": course.item, "key": course.key}
        id = str(self.client.send("POST", "/courses", json=body | {"contact": course.contact})["course_id"])
        self.client.send("PUT", f"/courses/{id}/contact", json={"contact": course.contact})
        return id

    def _missing(self, shown: dict[str, Any]) -> list[LessonEntry]:
        """Raises OperatorError when a lesson is there with another video: a lesson cannot be replaced."""
        there = {
            lesson["key"]: lesson["video"]["source_sha256"]
            for chapter in shown["chapters"]
            for lesson in chapter["lessons"]
        }
        changed = [
            lesson.key
            for lesson in self.course.lessons
            if there.get(lesson.key, self.videos[lesson.key].sha256) != self.videos[lesson.key].sha256
        ]
        if changed:
            raise OperatorError(
                f"These lessons are there with another video: {', '.join(changed)}. "
                "Give them, or the course, another key 课时视频已更改, 请使用新的编号."
            )
        return [lesson for lesson in self.course.lessons if lesson.key not in there]

    def _upload(self, course_id: str, lesson: LessonEntry) -> str:
        """Send the parts that have not come yet; the id of the upload."""
        video = self.videos[lesson.key]
        body = {"name": video.path.name, "size": video.size, "sha256": video.sha256}
        upload = self.client.send("POST", f"/courses/{course_id}/uploads", json=body)
        id = str(upload["upload_id"])
        with video.path.open("rb") as file:
            while upload["state"] == "open" and upload["missing"]:
                for number in upload["missing"]:
                    self._send_part(file, video, id, number, upload["part_bytes"])
                upload = self.client.send("GET", f"/uploads/{id}")
        if upload["state"] == "open":
            self.client.send("POST", f"/uploads/{id}/completion")
        return id

    def _send_part(self, file: BinaryIO, video: VideoFile, upload: str, number: int, part_bytes: int) -> None:
        file.seek((number - 1) * part_bytes)
        content = file.read(part_bytes)
        self.client.send("PUT", f"/uploads/{upload}/parts/{number}", content=content)
        self.sent += len(content)
        self.progress(video.path.name, min(number * part_bytes, video.size), video.size)

    def _await_ready(self, lesson: LessonEntry, upload_id: str) -> None:
        """Raises OperatorError for a video that was refused, or not examined in time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            upload = self.client.send("GET", f"/uploads/{upload_id}")
            if upload["state"] in ("ready", "used"):
                return
            if upload["state"] != "queued":
                reason = (upload["refusal"] or {}).get("detail", upload["state_zh"])
                raise OperatorError(f"{lesson.key}: {lesson.video.name} is {upload['state']}: {reason}")
            self.pause(POLL_SECONDS)
        raise OperatorError(f"{lesson.key}: the video has not been examined in time. Run the command again.")


def _lesson_body(lesson: LessonEntry) -> dict[str, Any]:
    body: dict[str, Any] = {"key": lesson.key, "title": lesson.title, "chapter": lesson.chapter}
    body |= {"kind": lesson.kind, "quiz": [_question_body(question) for question in lesson.quiz]}
    return body | ({"specialty": lesson.specialty} if lesson.specialty else {})


def _practice_body(entry: PracticeEntry) -> dict[str, Any]:
    body = _question_body(entry.question) | {"explanation": entry.explanation}
    return body | ({"specialty": entry.specialty} if entry.specialty else {})


def _question_body(question: QuestionEntry) -> dict[str, Any]:
    return {"prompt": question.prompt, "options": question.options, "answer": question.answer}

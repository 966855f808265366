"""What a folder says about a course: `course.yaml`, and the media that it names.

Its fields are described in docs/howto/import-a-course.md.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.xueshi.course.nodes import Fault, Reader

COURSE_FILE = "course.yaml"
KINDS = ("compulsory", "elective")
ITEMS = ("main", "add_on")
MAX_PROMPT, MAX_EXPLANATION = 500, 2_000
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class QuestionEntry:
    """A question; `answer` is the index of its right option."""

    prompt: str
    options: list[str]
    answer: int


@dataclass(frozen=True, kw_only=True)
class LessonEntry:
    """A lesson. `specialty` is None where the course's holds."""

    line: int
    key: str
    title: str
    chapter: str
    kind: str
    specialty: str | None
    video: Path
    quiz: list[QuestionEntry]


@dataclass(frozen=True, kw_only=True)
class PracticeEntry:
    """A question of the bank."""

    line: int
    key: str
    question: QuestionEntry
    explanation: str
    specialty: str | None


@dataclass(frozen=True, kw_only=True)
class CourseFolder:
    """A course as it is written down. Lessons are in order."""

    path: Path
    key: str
    title: str
    specialty: str
    item: str
    contact: str
    lessons: list[LessonEntry]
    practice: list[PracticeEntry]


def read_folder(path: Path) -> tuple[CourseFolder | None, list[Fault]]:
    """The course, and everything that is wrong with it; the course is None when it cannot be read at all."""
    reader = Reader(COURSE_FILE)
    try:
        content = (path / COURSE_FILE).read_bytes()
    except OSError as error:
        reader.fault(1, f"cannot be read: {error.strerror} 无法读取")
        return None, reader.faults
    root = reader.parse(content)
    if root is None:
        return None, reader.faults
    course = _course(reader, root, path)
    return course, sorted(reader.faults)


def _course(reader: Reader, root: Any, path: Path) -> CourseFolder:
    required = ("key", "title", "specialty", "chapters")
    fields = reader.mapping(root, required, ("item", "contact", "practice"))
    item = reader.one_of(fields.get("item"), ITEMS, "main")
    lessons = [
        lesson
        for chapter in reader.items(fields.get("chapters"), "chapters", least=1)
        for lesson in _chapter(reader, chapter, path, item)
    ]
    practice = [_practice(reader, node) for node in reader.items(fields.get("practice"), "questions")]
    _check_unique(reader, "key", ((lesson.key, lesson.line) for lesson in lessons))
    _check_unique(reader, "video", ((str(lesson.video), lesson.line) for lesson in lessons))
    _check_unique(reader, "key", ((question.key, question.line) for question in practice))
    return CourseFolder(
        path=path,
        key=_key(reader, fields.get("key")),
        title=reader.text(fields.get("title")),
        specialty=reader.text(fields.get("specialty")),
        item=item,
        contact=reader.text(fields.get("contact")),
        lessons=lessons,
        practice=practice,
    )


def _chapter(reader: Reader, node: Any, path: Path, item: str) -> list[LessonEntry]:
    fields = reader.mapping(node, ("title", "lessons"))
    title = reader.text(fields.get("title"))
    nodes = reader.items(fields.get("lessons"), "lessons", least=1)
    return [_lesson(reader, lesson, title, path, item) for lesson in nodes]


def _lesson(reader: Reader, node: Any, chapter: str, path: Path, item: str) -> LessonEntry:
    fields = reader.mapping(node, ("key", "title", "kind", "video"), ("specialty", "quiz"))
    kind = reader.one_of(fields.get("kind"), KINDS, "compulsory")
    if item == "add_on" and kind != "compulsory":
        reader.fault(fields["kind"], "an add-on item has compulsory lessons only 增项课程只含专业必修")
    return LessonEntry(
        line=node.start_mark.line + 1,
        key=_key(reader, fields.get("key")),
        title=reader.text(fields.get("title")),
        chapter=chapter,
        kind=kind,
        specialty=reader.text(fields.get("specialty")) or None,
        video=_video(reader, fields.get("video"), path),
        quiz=[
            _question(reader, question, reader.mapping(question, ("prompt", "options", "answer")), 200)
            for question in reader.items(fields.get("quiz"), "questions", most=50)
        ],
    )


def _practice(reader: Reader, node: Any) -> PracticeEntry:
    fields = reader.mapping(node, ("key", "prompt", "options", "answer"), ("explanation", "specialty"))
    return PracticeEntry(
        line=node.start_mark.line + 1,
        key=_key(reader, fields.get("key")),
        question=_question(reader, node, fields, MAX_PROMPT),
        explanation=reader.text(fields.get("explanation"), MAX_EXPLANATION),
        specialty=reader.text(fields.get("specialty")) or None,
    )


def _question(reader: Reader, node: Any, fields: dict[str, Any], most: int) -> QuestionEntry:
    """The right answer is written as its option is: a number would be counted from 0 or from 1."""
    nodes = reader.items(fields.get("options"), "options", least=2, most=10)
    options = [reader.text(option, most) for option in nodes]
    answer = reader.text(fields.get("answer"), most)
    if "answer" in fields and answer not in options:
        reader.fault(fields["answer"], f"{answer!r} is none of the options 答案不在选项中")
    if len(set(options)) < len(options):
        reader.fault(fields.get("options", node), "two options are the same 选项重复")
    return QuestionEntry(
        prompt=reader.text(fields.get("prompt"), most),
        options=options,
        answer=options.index(answer) if answer in options else 0,
    )


def _key(reader: Reader, node: Any) -> str:
    key = reader.text(node, 64)
    if node is not None and key and not _KEY.fullmatch(key):
        reader.fault(node, f"{key!r}: letters, digits, dot, dash and underscore only 编号只能含字母数字")
    return key


def _video(reader: Reader, node: Any, path: Path) -> Path:
    """A file below the folder."""
    name = reader.text(node)
    video = (path / name).resolve()
    if not name:
        return video
    if not video.is_relative_to(path.resolve()):
        reader.fault(node, f"{name} lies outside the folder 文件不在文件夹内")
    elif not video.is_file():
        reader.fault(node, f"{name} does not exist 文件不存在")
    elif not video.stat().st_size:
        reader.fault(node, f"{name} is empty 文件为空")
    return video


def _check_unique(reader: Reader, what: str, values: Iterable[tuple[str, int]]) -> None:
    first: dict[str, int] = {}
    for value, line in values:
        if value and first.setdefault(value, line) != line:
            name = Path(value).name
            reader.fault(line, f"the {what} {name} is that of line {first[value]} already 重复")

"""What a course offers, against what a plan asks for (R7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.xueshi.course.folder import CourseFolder, LessonEntry
from tools.xueshi.course.media import VideoFile

HOUR_SECONDS = 2_700  # one 学时
MAIN, ADD_ON = (40, 40), (40, 0)  # compulsory and elective hours
NEEDS = {"main": MAIN, "add_on": ADD_ON}


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a learner of one specialty is offered of one kind."""

    specialty: str
    kind: str
    lessons: int
    minutes: float
    hours: float  # 学时, rounded down to two decimals
    needed: int

    @property
    def enough(self) -> bool:
        """Whether a learner who completes all of it has the hours."""
        return self.hours >= self.needed


def rows_of(
    course: CourseFolder, videos: Mapping[str, VideoFile], needs: tuple[int, int], hour_seconds: int
) -> list[Row]:
    """By specialty and kind, those of which the plan asks hours or the course has lessons."""
    rows = []
    for specialty in _specialties(course):
        for kind, needed in zip(("compulsory", "elective"), needs, strict=True):
            lessons = [lesson for lesson in course.lessons if _is_for(lesson, course, specialty, kind)]
            if lessons or needed:
                rows.append(_row(specialty, kind, lessons, videos, needed, hour_seconds))
    return rows


def _specialties(course: CourseFolder) -> list[str]:
    return sorted({course.specialty} | {lesson.specialty for lesson in course.lessons if lesson.specialty})


def _is_for(lesson: LessonEntry, course: CourseFolder, specialty: str, kind: str) -> bool:
    """Of a main item the compulsory lessons are common to all."""
    common = course.item == "main" and kind == "compulsory"
    return lesson.kind == kind and (common or (lesson.specialty or course.specialty) == specialty)


def _row(
    specialty: str, kind: str, lessons: Sequence[LessonEntry], videos: Mapping[str, VideoFile], needed: int,
    hour_seconds: int,
) -> Row:  # fmt: skip
    total_ms = sum(videos[lesson.key].duration_ms for lesson in lessons if lesson.key in videos)
    return Row(
        specialty=specialty,
        kind=kind,
        lessons=len(lessons),
        minutes=total_ms // 600 / 100,
        hours=total_ms // (hour_seconds * 10) / 100,
        needed=needed,
    )

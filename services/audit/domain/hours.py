"""Study hours as the auditor counts them (R7, R22–R24)."""

from dataclasses import dataclass, field

from services.audit.domain.discrepancy import Discrepancy
from services.audit.domain.intervals import Interval, length
from shared.events.terms import LessonKind


@dataclass
class LessonHours:
    """One lesson: credited video as half-open intervals [from_ms, to_ms), and when it is known, its kind."""

    lesson_id: str
    kind: LessonKind | None = None
    duration_ms: int | None = None
    intervals: list[Interval] = field(default_factory=list)
    completed: bool = False

    @property
    def credited_ms(self) -> int:
        """Credited video, each millisecond once."""
        return length(self.intervals)


@dataclass
class Hours:
    """学时: what an enrolment has earned by the auditor's count."""

    enrollment_id: str
    person_id: str | None = None
    hour_seconds: int | None = None  # R7
    slack_ms: int = 0  # R24
    lessons: dict[str, LessonHours] = field(default_factory=dict)
    refused_reports: int = 0
    discrepancies: list[Discrepancy] = field(default_factory=list)

    @property
    def match(self) -> bool:
        """Whether the log bears out all that was published."""
        return not self.discrepancies

    def total_ms(self, kind: LessonKind, completed_only: bool = False) -> int:
        """Credited video of all lessons of a kind."""
        lessons = [lesson for lesson in self.lessons.values() if lesson.kind is kind]
        return sum(lesson.credited_ms for lesson in lessons if lesson.completed or not completed_only)

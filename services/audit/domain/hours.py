"""Study hours derived again from the log alone, and compared with what was published (R22–R24, R28, R31).

An implementation of its own on purpose: see docs/adr/0005-auditor-derives-hours-itself.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.audit.domain.discrepancy import Discrepancy, against
from services.audit.domain.intervals import Interval, length, union
from services.audit.domain.order import in_order, order_faults
from services.audit.domain.playback import earned_by_report, judge_report, repeated_reports
from services.audit.domain.rules import rule_faults
from services.audit.domain.schedule import schedule_faults
from shared.events.base import Event
from shared.events.enrollment import LearningOpened
from shared.events.learning import (
    CoursePublished,
    LessonCompleted,
    LessonEntered,
    PlaybackCredited,
    PlaybackRefused,
    StudyCompleted,
)
from shared.events.terms import LessonKind

__all__ = ["Discrepancy", "Hours", "LessonHours", "derive_hours"]


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
        lessons = [it for it in self.lessons.values() if it.kind is kind]
        return sum(it.credited_ms for it in lessons if it.completed or not completed_only)


def derive_hours(enrollment_id: str, events: Iterable[Event]) -> Hours:
    """Count an enrolment's credit again.

    `events`: published events in the order of the log, of the enrolment, of its person (other enrolments too:
    a person has one wall clock) and the publication of its course. What does not concern it is ignored.
    """
    events = in_order(events)
    own = [it for it in events if getattr(it, "enrollment_id", None) == enrollment_id]
    hours = Hours(enrollment_id, discrepancies=[*order_faults(own), *repeated_reports(own)])
    _read_terms(hours, own, events)
    _Count(hours, events).run(own)
    hours.discrepancies += [*rule_faults(own, events), *schedule_faults(own)]
    return hours


def _read_terms(hours: Hours, own: Sequence[Event], events: Sequence[Event]) -> None:
    """Whose hours they are, how long one is, and what the course's lessons are."""
    opened = next((it for it in own if isinstance(it, LearningOpened)), None)
    if opened is None:
        return
    hours.person_id, hours.hour_seconds = opened.person_id, opened.policy.hour_seconds
    hours.slack_ms = opened.policy.slack_s * 1000
    for course in (
        it for it in events if isinstance(it, CoursePublished) and it.course_id == opened.course_id
    ):
        for it in course.lessons:
            hours.lessons[it.lesson_id] = LessonHours(it.lesson_id, it.kind, it.duration_ms)


class _Count:
    """One pass over the enrolment's own events, in order."""

    def __init__(self, hours: Hours, events: Sequence[Event]) -> None:
        self._hours, self._earned = hours, earned_by_report(events)

    def run(self, own: Sequence[Event]) -> None:
        """Count everything."""
        for event in own:
            self._hours.discrepancies += self._take(event)

    def _take(self, event: Event) -> Iterator[Discrepancy]:
        match event:
            case LessonEntered():
                lesson = self._lesson(event.lesson_id)
                lesson.duration_ms = lesson.duration_ms or event.duration_ms
            case PlaybackCredited():
                yield from self._credit(event)
            case PlaybackRefused():
                self._hours.refused_reports += 1
            case LessonCompleted():
                yield from self._complete(event)
            case StudyCompleted():
                yield from self._finish(event)

    def _credit(self, event: PlaybackCredited) -> Iterator[Discrepancy]:
        lesson, earned = self._lesson(event.lesson_id), self._earned[event.published.id]
        yield from judge_report(event, earned)
        if event.from_ms < 0 or (lesson.duration_ms is not None and event.to_ms > lesson.duration_ms):
            yield against("beyond_video", "Credit outside the video", event, lesson_id=lesson.lesson_id)
        lesson.intervals = union([*lesson.intervals, earned.interval])
        if event.covered_ms != lesson.credited_ms:
            says = f"Published {event.covered_ms} ms covered, counted {lesson.credited_ms} ms"
            yield against("covered_differs", says, event, lesson_id=lesson.lesson_id)

    def _complete(self, event: LessonCompleted) -> Iterator[Discrepancy]:
        lesson = self._lesson(event.lesson_id)
        lesson.completed = True
        if lesson.kind not in (None, event.kind):
            yield against("kind_differs", "Not the kind of the course", event, lesson_id=lesson.lesson_id)
        lesson.kind = lesson.kind or event.kind
        if event.credited_ms != lesson.credited_ms:
            says = f"Published {event.credited_ms} ms credited, counted {lesson.credited_ms} ms"
            yield against("completed_differs", says, event, lesson_id=lesson.lesson_id)
        if lesson.duration_ms is None or lesson.duration_ms - lesson.credited_ms > self._hours.slack_ms:
            yield against("not_covered", "Not all was watched (R24)", event, lesson_id=lesson.lesson_id)

    def _finish(self, event: StudyCompleted) -> Iterator[Discrepancy]:
        published = {LessonKind.COMPULSORY: event.compulsory_ms, LessonKind.ELECTIVE: event.elective_ms}
        for kind, stated in published.items():
            counted = self._hours.total_ms(kind, completed_only=True)
            if stated != counted:
                yield against("total_differs", f"Published {stated} ms {kind}, counted {counted} ms", event)
        done = {it.lesson_id for it in self._hours.lessons.values() if it.completed}
        if set(event.lesson_ids) != done:
            yield against("lessons_differ", "The study names other lessons than were completed", event)

    def _lesson(self, lesson_id: str) -> LessonHours:
        return self._hours.lessons.setdefault(lesson_id, LessonHours(lesson_id))

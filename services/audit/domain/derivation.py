"""Study hours derived again from the log alone, and compared with what was published (R22–R24, R28, R31).

An implementation of its own on purpose: see docs/adr/0005-auditor-derives-hours-itself.md.
"""

from collections.abc import Iterable, Iterator, Sequence

from services.audit.domain.discrepancy import Discrepancy, against
from services.audit.domain.hours import Hours, LessonHours
from services.audit.domain.intervals import union
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


def derive_hours(enrollment_id: str, events: Iterable[Event]) -> Hours:
    """Count an enrolment's credit again.

    `events`: published events in the order of the log, of the enrolment, of its person (other enrolments too:
    a person has one wall clock) and the publication of its course. What does not concern it is ignored.
    """
    events = in_order(events)
    own = [event for event in events if getattr(event, "enrollment_id", None) == enrollment_id]
    hours = Hours(enrollment_id, discrepancies=[*order_faults(own), *repeated_reports(own)])
    _read_terms(hours, own, events)
    _HoursCount(hours, events).run(own)
    hours.discrepancies += [*rule_faults(own, events), *schedule_faults(own)]
    return hours


def _read_terms(hours: Hours, own: Sequence[Event], events: Sequence[Event]) -> None:
    """Whose hours they are, how long one is, and what the course's lessons are."""
    opened = next((event for event in own if isinstance(event, LearningOpened)), None)
    if opened is None:
        return
    hours.person_id, hours.hour_seconds = opened.person_id, opened.policy.hour_seconds
    hours.slack_ms = opened.policy.slack_s * 1000
    courses = (event for event in events if isinstance(event, CoursePublished))
    for course in (course for course in courses if course.course_id == opened.course_id):
        for lesson in course.lessons:
            hours.lessons[lesson.lesson_id] = LessonHours(lesson.lesson_id, lesson.kind, lesson.duration_ms)


class _HoursCount:
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
            message = f"Published {event.covered_ms} ms covered, counted {lesson.credited_ms} ms"
            yield against("covered_differs", message, event, lesson_id=lesson.lesson_id)

    def _complete(self, event: LessonCompleted) -> Iterator[Discrepancy]:
        lesson = self._lesson(event.lesson_id)
        lesson.completed = True
        if lesson.kind not in (None, event.kind):
            yield against("kind_differs", "Not the kind of the course", event, lesson_id=lesson.lesson_id)
        lesson.kind = lesson.kind or event.kind
        if event.credited_ms != lesson.credited_ms:
            message = f"Published {event.credited_ms} ms credited, counted {lesson.credited_ms} ms"
            yield against("completed_differs", message, event, lesson_id=lesson.lesson_id)
        if lesson.duration_ms is None or lesson.duration_ms - lesson.credited_ms > self._hours.slack_ms:
            yield against("not_covered", "Not all was watched (R24)", event, lesson_id=lesson.lesson_id)

    def _finish(self, event: StudyCompleted) -> Iterator[Discrepancy]:
        published = {LessonKind.COMPULSORY: event.compulsory_ms, LessonKind.ELECTIVE: event.elective_ms}
        for kind, stated in published.items():
            counted = self._hours.total_ms(kind, completed_only=True)
            if stated != counted:
                yield against("total_differs", f"Published {stated} ms {kind}, counted {counted} ms", event)
        done = {lesson.lesson_id for lesson in self._hours.lessons.values() if lesson.completed}
        if set(event.lesson_ids) != done:
            yield against("lessons_differ", "The study names other lessons than were completed", event)

    def _lesson(self, lesson_id: str) -> LessonHours:
        return self._hours.lessons.setdefault(lesson_id, LessonHours(lesson_id))

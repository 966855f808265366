"""差异报告: what was derived of an enrolment, what was published, and where the two differ (R28, R31)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.audit.application.hours import known_events
from services.audit.domain import Discrepancy, Entry, Head, Hours, derive_hours
from services.audit.storage import EventLog
from shared.events.audit import StudyDerived
from shared.events.base import Event
from shared.events.certificate import HoursAudited
from shared.events.learning import LessonCompleted, StudyCompleted

PER_PAGE = 20  # discrepancies, and lessons
MAX_EVENTS = 50  # that are shown with one discrepancy
E = TypeVar("E", bound=Event)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Basis:
    """A discrepancy, and the first of the entries that it rests on; the log may lack some of them."""

    discrepancy: Discrepancy
    entries: list[Entry]


@dataclass(frozen=True, kw_only=True)
class StudyReport:
    """What the log up to `head` gives. `page`, from 1, is that of discrepancies and of lessons."""

    hours: Hours
    head: Head
    lessons_completed: dict[str, LessonCompleted]  # by lesson
    study: StudyCompleted | None
    audited: HoursAudited | None  # the newest
    said: StudyDerived | None  # what the auditor has published last
    page: int
    discrepancies: list[Basis]  # of this page

    @property
    def pages(self) -> int:
        """How many there are; one at least."""
        most = max(len(self.hours.discrepancies), len(self.hours.lessons))
        return max(1, -(-most // PER_PAGE))


def report_study(log: EventLog, enrollment_id: str, page: int, now: datetime) -> StudyReport:
    """Derive an enrolment and compare. Raises NotFound when the log does not know it."""
    head = log.head()
    events = known_events(log, enrollment_id, head)
    hours = derive_hours(enrollment_id, events, now)
    own = [event for event in events if getattr(event, "enrollment_id", None) == enrollment_id]
    return StudyReport(
        hours=hours,
        head=head,
        lessons_completed={lesson.lesson_id: lesson for lesson in _all(own, LessonCompleted)},
        study=_newest(own, StudyCompleted),
        audited=_newest(own, HoursAudited),
        said=_newest(own, StudyDerived),
        page=page,
        discrepancies=_bases(log, on_page(hours.discrepancies, page)),
    )


def on_page(items: Sequence[T], page: int) -> Sequence[T]:
    """Those of this page, from 1."""
    return items[PER_PAGE * (page - 1) : PER_PAGE * page]


def _bases(log: EventLog, discrepancies: Sequence[Discrepancy]) -> list[Basis]:
    wanted = {id for discrepancy in discrepancies for id in discrepancy.event_ids[:MAX_EVENTS]}
    entries = {entry.event_id: entry for entry in log.with_events(wanted)}
    return [
        Basis(
            discrepancy=discrepancy,
            entries=[entries[id] for id in discrepancy.event_ids[:MAX_EVENTS] if id in entries],
        )
        for discrepancy in discrepancies
    ]


def _all(events: Iterable[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def _newest(events: Iterable[Event], kind: type[E]) -> E | None:
    return next(iter(_all(events, kind)[-1:]), None)

"""学时复核: an enrolment's hours, derived from the log alone (R31)."""

from collections.abc import Iterable, Iterator

from services.audit.domain import Entry, Hours, derive_hours
from services.audit.storage import EventLog
from shared.domain.errors import NotFound
from shared.events.base import Event
from shared.events.enrollment import LearningOpened
from shared.events.envelope import Undecodable, decode


def audit_hours(log: EventLog, enrollment_id: str) -> Hours:
    """Hours by the auditor's own count. Raises NotFound when the log does not know the enrolment."""
    events = study_events(log, enrollment_id)
    if not events:
        raise NotFound(what="Enrolment")
    return derive_hours(enrollment_id, events)


def study_events(log: EventLog, enrollment_id: str) -> list[Event]:
    """Events of the enrolment, of its person and of its course, in the order of the log.

    Empty when the log does not know the enrolment. Types that this code does not know are left out.
    """
    own = list(_decoded(log.of_enrollment(enrollment_id)))
    opened = next((event for event in own if isinstance(event, LearningOpened)), None)
    if opened is None:
        return own
    return list(_decoded(log.of_study(enrollment_id, opened.person_id, opened.course_id)))


def _decoded(entries: Iterable[Entry]) -> Iterator[Event]:
    for entry in entries:
        try:
            yield decode(entry.body)
        except Undecodable:
            continue

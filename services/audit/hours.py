"""Collects from the log what an enrolment's hours are derived from."""

from collections.abc import Iterable, Iterator

from services.audit.domain import Entry
from services.audit.storage import EventLog
from shared.events.base import Event
from shared.events.enrollment import LearningOpened
from shared.events.envelope import Undecodable, decode


def study_events(log: EventLog, enrollment_id: str) -> list[Event]:
    """Events of the enrolment, of its person and of its course, in the order of the log.

    Empty when the log does not know the enrolment. Types that this code does not know are left out.
    """
    own = list(_decoded(log.concerning({"enrollment_id": enrollment_id})))
    opened = next((it for it in own if isinstance(it, LearningOpened)), None)
    if opened is None:
        return own
    person, course = {"person_id": opened.person_id}, {"source": "learning", "subject": opened.course_id}
    return list(_decoded(log.concerning({"enrollment_id": enrollment_id}, person, course)))


def _decoded(entries: Iterable[Entry]) -> Iterator[Event]:
    for entry in entries:
        try:
            yield decode(entry.body)
        except Undecodable:
            continue

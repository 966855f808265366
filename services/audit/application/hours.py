"""学时复核: an enrolment's hours, derived from the log alone (R31)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.audit.domain import Head, Hours, derive_hours
from services.audit.storage import EventLog
from services.audit.storage.event_log import Body
from shared.domain.errors import NotFound
from shared.events.base import REGISTRY, Event
from shared.events.enrollment import LearningOpened
from shared.events.envelope import Undecodable, decode_as
from shared.events.proctor import JobQueued


def audit_hours(log: EventLog, enrollment_id: str, now: datetime | None = None) -> Hours:
    """Hours by the auditor's own count. Raises NotFound when the log does not know the enrolment.

    `now`: what may be on its way to the log is no fault yet.
    """
    return derive_hours(enrollment_id, known_events(log, enrollment_id, log.head()), now)


def known_events(log: EventLog, enrollment_id: str, head: Head) -> list[Event]:
    """`study_events`. Raises NotFound when there are none."""
    events = study_events(log, enrollment_id, head)
    if not events:
        raise NotFound(what="Enrolment")
    return events


def study_events(log: EventLog, enrollment_id: str, head: Head) -> list[Event]:
    """Events of the enrolment, its person, its sessions, its plan and its course, up to `head`, in order.

    Empty when the log does not know the enrolment. Types that this code does not know are left out.
    """
    reading = _Reading(log, head.position)
    reading.add("enrollment_id", [enrollment_id])
    opened = reading.first(LearningOpened)
    if opened is not None:
        reading.add("person_id", [opened.person_id])
        reading.add("subject", [opened.course_id, opened.plan_id, opened.person_id])
    reading.add("subject", reading.sessions())  # proctor's jobs name the session alone, or the person
    reading.add("subject", reading.answers())
    return reading.events()


class _Reading:
    """Events by position, each once, whichever question has found it."""

    def __init__(self, log: EventLog, until: int) -> None:
        self._log, self._until = log, until
        self._found: dict[int, Event] = {}

    def add(self, column: str, values: Iterable[str]) -> None:
        """Those that have one of these values in a column."""
        wanted = list(dict.fromkeys(values))
        for position, event in _decoded(self._log.bodies(column, wanted, self._until), self._found):
            self._found[position] = event

    def events(self) -> list[Event]:
        """All that were found, in the order of the log."""
        return [event for _, event in sorted(self._found.items())]

    def first(self, kind: type[LearningOpened]) -> LearningOpened | None:
        """The first of a kind."""
        return next((event for event in self.events() if isinstance(event, kind)), None)

    def sessions(self) -> list[str]:
        """The ids of the play sessions that they name."""
        named = (getattr(event, "session_id", None) for event in self._found.values())
        return [session for session in named if isinstance(session, str)]

    def answers(self) -> list[str]:
        """The subjects of the face worker's answers to the jobs that they name."""
        jobs = (event for event in self._found.values() if isinstance(event, JobQueued))
        return [f"{job.job_id}:done" for job in jobs]


def _decoded(bodies: Iterable[Body], known: dict[int, Event]) -> Iterator[tuple[int, Event]]:
    for position, type_, body in bodies:
        if position in known or type_ not in REGISTRY:
            continue
        try:
            yield position, decode_as(type_ or "", body)
        except Undecodable:
            continue

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
    opening = [body for body in (log.first_of(enrollment_id, LearningOpened.TYPE),) if body]
    opened = next((event for _, event in _decoded(opening)), None)
    person_id = opened.person_id if isinstance(opened, LearningOpened) else None
    found = dict(_decoded(log.of_study(enrollment_id, person_id, head.position)))
    apart = _subjects_of(found.values())
    if isinstance(opened, LearningOpened):
        apart += [opened.course_id, opened.plan_id, opened.person_id]
    found |= _decoded(log.about(apart, head.position))
    found |= _decoded(log.about(_answers_to(found.values()), head.position))
    return [event for _, event in sorted(found.items())]


def _subjects_of(events: Iterable[Event]) -> list[str]:
    """Their sessions: proctor's jobs name the session alone."""
    named = dict.fromkeys(getattr(event, "session_id", None) for event in events)
    return [session for session in named if isinstance(session, str)]


def _answers_to(events: Iterable[Event]) -> list[str]:
    """The subjects of the face worker's answers."""
    return [f"{job.job_id}:done" for job in events if isinstance(job, JobQueued)]


def _decoded(bodies: Iterable[Body]) -> Iterator[tuple[int, Event]]:
    """Events by position."""
    for position, type_, body in bodies:
        if type_ not in REGISTRY:
            continue
        try:
            yield position, decode_as(type_ or "", body)
        except Undecodable:
            continue

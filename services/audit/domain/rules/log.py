"""The log is whole, in order, and about one person (R31)."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.times import came_before
from shared.events.base import Event, producer_of
from shared.events.enrollment import PlanPublished
from shared.events.learning import CoursePublished
from shared.events.proctor import ConsentGiven, ConsentWithdrawn, IdentityRefused, IdentityVerified, JobDone

COUNTED = (
    "enrollment",
    "payment",
    "learning",
    "proctor",
    "certificate",
)  # services that number what they publish
SUBJECTS: dict[type[Event], str] = {  # what names the subject, where it is neither session nor enrolment
    CoursePublished: "course_id",
    PlanPublished: "plan_id",
    ConsentGiven: "person_id",
    ConsentWithdrawn: "person_id",
    IdentityVerified: "person_id",
    IdentityRefused: "person_id",
}
OF_ENROLMENTS = (
    "certificate.",
    "enrollment.declaration.",
    "enrollment.enrollment.",
    "enrollment.learning.",
    "enrollment.window.",
    "learning.",
)
Subjects = dict[tuple[str, str], list[Event]]


@rule("log.gapless", "R31", Event)
def gapless(facts: Facts) -> Iterator[Fault]:
    """The events of each subject are numbered 1, 2, 3 … by their service: a gap is an event that the log
    lacks, a number twice is one that was inserted."""
    for events in _subjects(facts).values():
        if events[0].published.sequence != 1:
            yield fault("The log lacks the first events of a subject", events[0])
        for before, after in pairwise(events):
            step = after.published.sequence - before.published.sequence
            if step == 0:
                yield fault("Two events of a subject have one number", before, after)
            elif step != 1:
                yield fault("The log lacks an event between these two", before, after)


@rule("log.order", "R31", Event)
def order(facts: Facts) -> Iterator[Fault]:
    """The times of a subject's events do not run backwards by more than clocks may differ."""
    for events in _subjects(facts).values():
        latest = events[0]
        for event in events[1:]:
            if came_before(event, latest):
                yield fault("An event is older than one before it", latest, event)
            latest = max(latest, event, key=lambda each: each.published.time)


@rule("log.source", "R31", Event)
def source(facts: Facts) -> Iterator[Fault]:
    """An event comes from the service whose fact it is, and stands under its own subject: the session, the
    enrolment, the person, the plan or the course. Elsewhere its number would order nothing."""
    for event in facts.concerning:
        if event.published.source != producer_of(type(event)):
            yield fault("An event was published by another service than its own", event)
        elif (subject := _subject_of(event)) is not None and event.published.subject != subject:
            yield fault("An event stands under another subject than its own", event)


@rule("log.person", "R31 R33", Event)
def person(facts: Facts) -> Iterator[Fault]:
    """Every event of the enrolment, and of one of its sessions, names the same person, enrolment and
    lesson."""
    for event in facts.own_events:
        if getattr(event, "person_id", facts.person_id) != facts.person_id:
            yield fault("An event of the enrolment names another person", event)
    for session in facts.all_sessions:
        for event in session.events:
            named = (
                getattr(event, "enrollment_id", session.enrollment_id),
                getattr(event, "lesson_id", session.lesson_id),
                getattr(event, "person_id", session.person_id),
            )
            if named != (session.enrollment_id, session.lesson_id, session.person_id):
                yield fault("An event of a session names another enrolment, lesson or person", event)


def _subject_of(event: Event) -> str | None:
    """The subject that an event belongs under; None: it may be one of several."""
    if hasattr(event, "session_id"):
        return str(event.session_id)
    if field := SUBJECTS.get(type(event)):
        return str(getattr(event, field))
    named = getattr(event, "enrollment_id", None)
    return named if event.TYPE.startswith(OF_ENROLMENTS) else None


def _subjects(facts: Facts) -> Subjects:
    """What concerns the enrolment, by service and subject, in order. A job's answer is its own subject."""
    subjects: Subjects = defaultdict(list)
    ours = {facts.enrollment_id, facts.person_id, *(session.id for session in facts.sessions)}
    for event in facts.events:
        source, subject = event.published.source, event.published.subject
        is_own = getattr(event, "enrollment_id", None) == facts.enrollment_id or subject in ours
        if is_own and source in COUNTED and not isinstance(event, JobDone):
            subjects[source, subject].append(event)
    return subjects

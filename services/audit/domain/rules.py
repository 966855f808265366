"""Rules that published conclusions must keep, whatever the count: R16, R17, R18, R24, R28."""

from collections.abc import Iterator, Sequence

from services.audit.domain.closed import SKEW_MS, milliseconds
from services.audit.domain.discrepancy import Discrepancy, against
from shared.events.base import Event
from shared.events.certificate import HoursAudited
from shared.events.enrollment import LearningOpened
from shared.events.learning import LessonCompleted, LessonEntered, LessonPaused, StudyCompleted
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, IdentityVerified, Moment
from shared.events.terms import LessonKind, StudyPolicy


def rule_faults(own: Sequence[Event], events: Sequence[Event]) -> Iterator[Discrepancy]:
    """`own` are the enrolment's events, `events` its person's too."""
    yield from _identity(own, events)
    passed = {event.check_id: event for event in own if isinstance(event, FaceCheckPassed)}
    failed = {event.check_id for event in own if isinstance(event, FaceCheckFailed)}
    for event in own:
        if isinstance(event, LessonPaused) and event.check_id not in failed:
            yield against(
                "pause_unfounded", "No failed check stands behind it (R18)", event, lesson_id=event.lesson_id
            )
        if isinstance(event, LessonCompleted):
            yield from _checks(event, passed)
        if isinstance(event, HoursAudited):
            yield from _verdict(event, own)


def _identity(own: Sequence[Event], events: Sequence[Event]) -> Iterator[Discrepancy]:
    """R16: nobody enters a lesson before the face was verified."""
    first = next((event for event in own if isinstance(event, LessonEntered)), None)
    if first is None:
        return
    entered = milliseconds(first.published.time) + SKEW_MS
    verified = (
        milliseconds(event.published.time) <= entered
        for event in events
        if isinstance(event, IdentityVerified) and event.person_id == first.person_id
    )
    if not any(verified):
        yield against(
            "identity_missing", "A lesson was entered before the identity was verified (R16)", first
        )


def _checks(event: LessonCompleted, passed: dict[str, FaceCheckPassed]) -> Iterator[Discrepancy]:
    """R17, R24: a completed lesson names checks that were passed in it, of both moments."""
    named = [passed[check_id] for check_id in event.check_ids if check_id in passed]
    known = [check for check in named if check.lesson_id == event.lesson_id]
    if len(known) != len(event.check_ids):
        yield against(
            "check_unknown", "A named face check was not passed here", event, lesson_id=event.lesson_id
        )
    if {check.moment for check in known} != set(Moment):
        yield against(
            "check_missing", "Start and unforeseen check are needed (R17)", event, lesson_id=event.lesson_id
        )


def _verdict(event: HoursAudited, own: Sequence[Event]) -> Iterator[Discrepancy]:
    """R28: the audited hours are those of the study, by the plan (R7, R24)."""
    opened = next((fact for fact in own if isinstance(fact, LearningOpened)), None)
    study = next((fact for fact in own if isinstance(fact, StudyCompleted)), None)
    if opened is None or study is None:
        yield against("audit_baseless", "Hours were audited without a study in the log", event)
        return
    completed = (fact for fact in own if isinstance(fact, LessonCompleted))
    kinds = [lesson.kind for lesson in completed if lesson.lesson_id in study.lesson_ids]
    compulsory = _whole_hours(study.compulsory_ms, kinds.count(LessonKind.COMPULSORY), opened.policy)
    elective = _whole_hours(study.elective_ms, kinds.count(LessonKind.ELECTIVE), opened.policy)
    due = min(compulsory, opened.policy.compulsory_hours), min(elective, opened.policy.elective_hours)
    if (event.compulsory_hours, event.elective_hours) != due:
        yield against("audited_hours_differ", f"Counted {due[0]} + {due[1]} hours", event, study)


def _whole_hours(credited_ms: int, lessons: int, policy: StudyPolicy) -> int:
    """Each completed lesson may lack its slack without costing hours (R24)."""
    return (credited_ms + lessons * policy.slack_s * 1000) // (policy.hour_seconds * 1000)

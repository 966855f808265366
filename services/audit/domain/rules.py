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
    passed = {it.check_id: it for it in own if isinstance(it, FaceCheckPassed)}
    failed = {it.check_id for it in own if isinstance(it, FaceCheckFailed)}
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
    first = next((it for it in own if isinstance(it, LessonEntered)), None)
    if first is None:
        return
    verified = [it for it in events if isinstance(it, IdentityVerified) and it.person_id == first.person_id]
    entered = milliseconds(first.published.time) + SKEW_MS
    if not any(milliseconds(it.published.time) <= entered for it in verified):
        yield against(
            "identity_missing", "A lesson was entered before the identity was verified (R16)", first
        )


def _checks(event: LessonCompleted, passed: dict[str, FaceCheckPassed]) -> Iterator[Discrepancy]:
    """R17, R24: a completed lesson names checks that were passed in it, of both moments."""
    named = [passed[it] for it in event.check_ids if it in passed]
    known = [it for it in named if it.lesson_id == event.lesson_id]
    if len(known) != len(event.check_ids):
        yield against(
            "check_unknown", "A named face check was not passed here", event, lesson_id=event.lesson_id
        )
    if {it.moment for it in known} != set(Moment):
        yield against(
            "check_missing", "Start and unforeseen check are needed (R17)", event, lesson_id=event.lesson_id
        )


def _verdict(event: HoursAudited, own: Sequence[Event]) -> Iterator[Discrepancy]:
    """R28: the audited hours are those of the study, by the plan (R7, R24)."""
    opened = next((it for it in own if isinstance(it, LearningOpened)), None)
    study = next((it for it in own if isinstance(it, StudyCompleted)), None)
    if opened is None or study is None:
        yield against("audit_baseless", "Hours were audited without a study in the log", event)
        return
    kinds = [it.kind for it in own if isinstance(it, LessonCompleted) and it.lesson_id in study.lesson_ids]
    compulsory = _whole_hours(study.compulsory_ms, kinds.count(LessonKind.COMPULSORY), opened.policy)
    elective = _whole_hours(study.elective_ms, kinds.count(LessonKind.ELECTIVE), opened.policy)
    due = min(compulsory, opened.policy.compulsory_hours), min(elective, opened.policy.elective_hours)
    if (event.compulsory_hours, event.elective_hours) != due:
        yield against("audited_hours_differ", f"Counted {due[0]} + {due[1]} hours", event, study)


def _whole_hours(credited_ms: int, lessons: int, policy: StudyPolicy) -> int:
    """Each completed lesson may lack its slack without costing hours (R24)."""
    return (credited_ms + lessons * policy.slack_s * 1000) // (policy.hour_seconds * 1000)

"""The enrolment may be studied, and its study is complete (R5, R7, R8, R9, R28)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.hours import needed_hours
from services.audit.domain.rule import rule
from services.audit.domain.session import NEVER
from services.audit.domain.times import SKEW, TRANSIT, came_before, is_before
from shared.events.base import Event
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
)
from shared.events.enrollment import (
    DeclarationApproved,
    DeclarationSubmitted,
    DeclarationWithdrawn,
    EnrollmentBarred,
    EnrollmentResumed,
    EnrollmentSuspended,
    ExtensionCause,
    LearningOpened,
    PlanPublished,
    WindowExtended,
)
from shared.events.learning import (
    LessonCompleted,
    LessonEntered,
    PlaybackRecorded,
    QuizAnswered,
    StudyCompleted,
)
from shared.events.payment import PaymentConfirmed
from shared.events.proctor import FaceCheckPassed
from shared.events.terms import LessonKind


@rule(
    "study.opened",
    "R8 R13",
    LearningOpened,
    DeclarationSubmitted,
    DeclarationApproved,
    PaymentConfirmed,
    LessonEntered,
)
def study_opened(facts: Facts) -> Iterator[Fault]:
    """Learning opens once, after a declaration was submitted, approved once and its whole fee paid once; no
    lesson is entered earlier."""
    openings, entered = facts.own(LearningOpened), facts.own(LessonEntered)
    if len(openings) > 1:
        yield fault("Learning was opened twice", *openings)
    if not openings and facts.own_events:
        studied = next(iter([*entered, *facts.own(LessonCompleted), *facts.own(HoursAudited)]), None)
        if studied:
            yield fault("Something was learned in an enrolment that was never opened", studied)
    for opened in openings[:1]:
        for kind in (DeclarationSubmitted, DeclarationApproved, PaymentConfirmed):
            yield from _before_opening(facts, opened, kind)
        for event in entered[:1]:
            if is_before(event.published.time, max(opened.published.time, opened.opened_at)):
                yield fault("A lesson was entered before learning was opened", opened, event)
    yield from _terms(facts)


@rule(
    "declaration.withdrawn",
    "R5",
    DeclarationWithdrawn,
    LessonEntered,
    PlaybackRecorded,
    FaceCheckPassed,
    HoursAudited,
    CertificateIssued,
)
def withdrawn(facts: Facts) -> Iterator[Fault]:
    """Nothing follows a withdrawal: no credit, no lesson, no verdict, no certificate, except what was decided
    before its news came, within the transit of an event."""
    for withdrawal in facts.own(DeclarationWithdrawn):
        latest, own = withdrawal.published.time + TRANSIT + SKEW, withdrawal.published
        for session in facts.sessions:
            late = next((batch for batch, report in session.accepted() if report.received_at > latest), None)
            if late:
                yield fault("Credit after a withdrawal", withdrawal, late)
        for event in facts.own_events:
            follows = event.published.source == own.source and event.published.sequence > own.sequence
            if follows or (isinstance(event, CONCLUSIONS) and event.published.time > latest):
                yield fault("Something was decided after a withdrawal", withdrawal, event)


@rule(
    "study.suspended",
    "R26",
    EnrollmentSuspended,
    EnrollmentBarred,
    EnrollmentResumed,
    LessonEntered,
    PlaybackRecorded,
)
def study_suspended(facts: Facts) -> Iterator[Fault]:
    """Nothing is entered or credited while an enrolment is suspended or barred, except what was decided
    before its news came, within the transit of an event."""
    entered = [(event.published.time, event) for event in facts.own(LessonEntered)]
    accepted = [
        (report.received_at, batch) for session in facts.sessions for batch, report in session.accepted()
    ]
    for stop, until in _stops(facts):
        since = stop.published.time + TRANSIT + SKEW
        late = next((event for at, event in [*entered, *accepted] if since < at < until - SKEW), None)
        if late:
            yield fault("Something was learned while the enrolment was suspended", stop, late)


@rule("window.extended", "R9 R26", WindowExtended, LearningOpened, EnrollmentSuspended)
def window_extended(facts: Facts) -> Iterator[Fault]:
    """Each extension of the study window goes on from the end before, by as much as it says, and names the
    outages of ours, or follows the suspension, that it is for."""
    closes_at = facts.opened.closes_at if facts.opened else None
    for event in facts.own(WindowExtended):
        added = timedelta(milliseconds=event.extended_ms + 1)  # its milliseconds are cut
        if closes_at and not closes_at < event.closes_at < closes_at + added:
            yield fault("A window was extended by another length than it says", event)
        if event.cause is ExtensionCause.OUTAGE and not event.outage_ids:
            yield fault("A window was extended for no outage", event)
        if event.cause is ExtensionCause.SUSPENSION and not facts.own(EnrollmentSuspended):
            yield fault("A window was extended for no suspension", event)
        closes_at = event.closes_at


@rule("study.completed", "R28", StudyCompleted, LessonCompleted, LessonEntered)
def study_completed(facts: Facts) -> Iterator[Fault]:
    """A study is completed once, as soon as the plan's hours are earned, with the lessons, checks and
    credit of
    its completed lessons."""
    studies, lessons = facts.own(StudyCompleted), facts.own(LessonCompleted)
    if len(studies) > 1:
        yield fault("A study was completed twice", *studies)
    if lessons and not studies and not _lacking(facts):
        yield fault("The plan's hours are earned, and the study is not completed", *lessons)
    for study in studies[:1]:
        yield from _totals(facts, study)
        yield from _times(facts, study)


@rule("hours.plan", "R7", StudyCompleted, LearningOpened, LessonCompleted, PlanPublished)
def hours_plan(facts: Facts) -> Iterator[Fault]:
    """A completed study has the hours of each kind that the plan asks for, and every compulsory lesson; the
    enrolment's policy is the plan's."""
    for study in facts.own(StudyCompleted):
        for message in _lacking(facts):
            yield fault(message, study)
    if facts.opened and facts.plan is None and facts.own(LessonEntered):
        yield fault("The log lacks the plan of an enrolment", facts.opened)
    if facts.plan and facts.opened and facts.plan.policy != facts.opened.policy:
        yield fault("The enrolment goes by another policy than its plan", facts.plan, facts.opened)


CONCLUSIONS = (
    LessonEntered,
    FaceCheckPassed,
    QuizAnswered,
    LessonCompleted,
    StudyCompleted,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    CertificateIssued,
)


def _stops(facts: Facts) -> Iterator[tuple[Event, datetime]]:
    """What suspended or barred the enrolment, and when it went on."""
    stop: Event | None = None
    for event in facts.own_events:
        if isinstance(event, EnrollmentSuspended | EnrollmentBarred):
            stop = stop or event
        elif isinstance(event, EnrollmentResumed) and stop:
            yield stop, event.published.time
            stop = None
    if stop:
        yield stop, NEVER


def _before_opening(facts: Facts, opened: LearningOpened, kind: type[Event]) -> Iterator[Fault]:
    events = facts.own(kind)
    if not events:
        yield fault(f"Learning was opened, and the log lacks {kind.TYPE}", opened)
    elif all(came_before(opened, event) for event in events):
        yield fault("Learning was opened before it was due", events[0], opened)
    if len(events) > 1 and kind is not DeclarationSubmitted:
        yield fault("A declaration was approved or paid for twice", *events)


def _terms(facts: Facts) -> Iterator[Fault]:
    """What is paid and opened is what was declared for."""
    declared, opened = facts.own_first(DeclarationSubmitted), facts.opened
    if declared is None:
        return
    for paid in facts.own(PaymentConfirmed):
        if paid.amount_fen < declared.fee_fen:
            yield fault("Less than the fee was paid", declared, paid)
    if opened and (opened.plan_id, opened.specialty) != (declared.plan_id, declared.specialty):
        yield fault("Learning was opened for another plan or specialty than was declared", declared, opened)


def _lacking(facts: Facts) -> list[str]:
    """What the plan still asks for."""
    hours, lacking = facts.hours, []
    for kind in LessonKind:
        needed, earned = needed_hours(facts.policy, kind), hours.whole_hours(kind)
        if earned < needed:
            lacking.append(f"{earned} of {needed} {kind} hours are earned")
    compulsory = [lesson for lesson in hours.lessons.values() if lesson.kind is LessonKind.COMPULSORY]
    if needed_hours(facts.policy, LessonKind.COMPULSORY) and not all(
        lesson.completed for lesson in compulsory
    ):
        lacking.append("Not every compulsory lesson is completed")
    return lacking


def _totals(facts: Facts, study: StudyCompleted) -> Iterator[Fault]:
    published = {LessonKind.COMPULSORY: study.compulsory_ms, LessonKind.ELECTIVE: study.elective_ms}
    for kind, stated in published.items():
        counted = facts.hours.total_ms(kind, completed_only=True)
        if stated != counted:
            yield fault(f"Published {stated} ms {kind}, counted {counted} ms", study)
    lessons = facts.own(LessonCompleted)
    if sorted(study.lesson_ids) != sorted({lesson.lesson_id for lesson in lessons}):
        yield fault("The study names other lessons than were completed", study)
    if sorted(study.check_ids) != sorted(check for lesson in lessons for check in lesson.check_ids):
        yield fault("The study names other face checks than its lessons", study)


def _times(facts: Facts, study: StudyCompleted) -> Iterator[Fault]:
    lessons, entered = facts.own(LessonCompleted), facts.own(LessonEntered)
    for lesson in lessons:
        if came_before(study, lesson):
            yield fault("A study was completed before its lessons", lesson, study)
    if study.completed_at > study.published.time + SKEW:
        yield fault("A study was completed later than it was published", study)
    if study.completed_at + TRANSIT < study.published.time - SKEW:
        yield fault("A study was completed long before it was published", study)
    reports = [report.received_at for session in facts.sessions for _, report in session.accepted()[-1:]]
    if reports and is_before(study.completed_at, max(reports)):
        yield fault("A study was completed before its last report", study)
    begun = min((event.published.time for event in entered), default=study.started_at)
    if study.started_at > begun + SKEW:
        yield fault("A study began later than its first lesson", *entered[:1], study)
    if facts.opened and is_before(study.started_at, facts.opened.opened_at):
        yield fault("A study began before it was opened", facts.opened, study)

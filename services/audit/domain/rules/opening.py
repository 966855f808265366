"""An enrolment may be studied: open, neither withdrawn nor suspended (R5, R8, R9, R26)."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.session import NEVER
from services.audit.domain.times import SKEW, TRANSIT, came_before, is_before, milliseconds
from shared.events.base import Event
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
)
from shared.events.enrollment import (
    AppealDecided,
    CaseConfirmed,
    CaseDismissed,
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
from shared.events.payment import PaymentConfirmed, PaymentRefunded
from shared.events.proctor import FaceCheckPassed

CHINA = timezone(timedelta(hours=8))
MOST_MONTHS = 120  # of a study window that means to end
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


@rule(
    "study.opened",
    "R8 R13",
    LearningOpened,
    DeclarationSubmitted,
    DeclarationApproved,
    PaymentConfirmed,
    PaymentRefunded,
    PlanPublished,
    LessonEntered,
)
def study_opened(facts: Facts) -> Iterator[Fault]:
    """Learning opens once, after a declaration for what the plan offers was submitted, approved once as it
    stood, and its whole fee paid once and not paid back; no lesson is entered earlier."""
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
        for event in sorted(entered, key=lambda each: each.published.time)[:1]:
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
    QuizAnswered,
)
def study_suspended(facts: Facts) -> Iterator[Fault]:
    """Nothing is entered, answered or credited while an enrolment is suspended or barred, except what was
    decided before its news came, within the transit of an event."""
    steps = [*facts.own(LessonEntered), *facts.own(QuizAnswered)]
    entered = [(event.published.time, event) for event in steps]
    accepted = [
        (report.received_at, batch) for session in facts.sessions for batch, report in session.accepted()
    ]
    for stop, until in _stops(facts):
        since = stop.published.time + TRANSIT + SKEW
        late = next((event for at, event in [*entered, *accepted] if since < at < until - SKEW), None)
        if late:
            yield fault("Something was learned while the enrolment was suspended", stop, late)


@rule(
    "study.resumed",
    "R26",
    EnrollmentResumed,
    EnrollmentSuspended,
    CaseConfirmed,
    CaseDismissed,
    AppealDecided,
)
def study_resumed(facts: Facts) -> Iterator[Fault]:
    """A suspended enrolment goes on because the case that suspended it was dismissed and never confirmed, or
    because an appeal was won."""
    for resumed in facts.own(EnrollmentResumed):
        won = [each for each in facts.own(AppealDecided) if each.won]
        confirmed = {each.case_id for each in facts.own(CaseConfirmed)}
        dismissed = [each for each in facts.own(CaseDismissed) if each.case_id not in confirmed]
        decided: list[CaseDismissed | AppealDecided] = [*dismissed, *won]
        grounds = [each for each in decided if each.case_id == resumed.case_id]
        if not any(not came_before(resumed, ground) for ground in grounds):
            yield fault("An enrolment went on, and its case stands", *grounds, resumed)
        stops = [each for each in facts.own(EnrollmentSuspended) if came_before(each, resumed)]
        if stops and stops[-1].case_id != resumed.case_id:
            yield fault("An enrolment went on, and another case had suspended it", stops[-1], resumed)


@rule("window.opened", "R8 R9", LearningOpened, PlanPublished)
def window_opened(facts: Facts) -> Iterator[Fault]:
    """The study window opens no earlier than the plan's class begins, and closes no later than the plan's
    months after that, by the calendar of China."""
    opened, plan = facts.opened, facts.plan
    if opened is None or plan is None:
        return
    first = min(opened.opened_at, opened.published.time + SKEW)
    if milliseconds(first) < milliseconds(plan.class_opens_at):  # the database keeps no finer time
        yield fault("Learning was opened before its class began", plan, opened)
    months = plan.policy.study_months
    if not 0 < months <= MOST_MONTHS or opened.closes_at > _months_later(plan.class_opens_at, months):
        yield fault("The study window is longer than the plan's", plan, opened)


@rule("window.extended", "R9 R26", WindowExtended, LearningOpened, EnrollmentSuspended)
def window_extended(facts: Facts) -> Iterator[Fault]:
    """Each extension of the study window goes on from the end before, by as much as it says, and names the
    outages of ours, or follows the suspension, that it is for; for a suspension by no more than it lasted."""
    closes_at = facts.opened.closes_at if facts.opened else None
    for event in facts.own(WindowExtended):
        added = timedelta(milliseconds=event.extended_ms + 1)  # its milliseconds are cut
        if closes_at and not closes_at < event.closes_at < closes_at + added:
            yield fault("A window was extended by another length than it says", event)
        if event.cause is ExtensionCause.OUTAGE and not event.outage_ids:
            yield fault("A window was extended for no outage", event)
        if event.cause is ExtensionCause.SUSPENSION:
            yield from _suspension(facts, event)
        closes_at = event.closes_at


def _suspension(facts: Facts, event: WindowExtended) -> Iterator[Fault]:
    before = [each for each in facts.own(EnrollmentSuspended) if not came_before(event, each)]
    if not before:
        yield fault("A window was extended for no suspension", event)
        return
    lasted = event.published.time - before[-1].published.time
    if timedelta(milliseconds=event.extended_ms) > lasted + TRANSIT:
        yield fault("A window was extended by more than the suspension lasted", before[-1], event)


def _months_later(at: datetime, months: int) -> datetime:
    """The same day and time of a later month in China, or that month's last day."""
    local = at.astimezone(CHINA)
    count = local.month - 1 + months
    year, month = local.year + count // 12, count % 12 + 1
    return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))


def _before_opening(facts: Facts, opened: LearningOpened, kind: type[Event]) -> Iterator[Fault]:
    events = facts.own(kind)
    if not events:
        yield fault(f"Learning was opened, and the log lacks {kind.TYPE}", opened)
    elif all(came_before(opened, event) for event in events):
        yield fault("Learning was opened before it was due", events[0], opened)
    if kind is DeclarationApproved and (late := _corrected(facts)):
        yield fault("A declaration was corrected after it was approved", *late)
    if len(events) > 1 and kind is not DeclarationSubmitted:
        yield fault("A declaration was approved or paid for twice", *events)


def _corrected(facts: Facts) -> list[Event]:
    """The approval, and what was declared after it."""
    approved = facts.own_first(DeclarationApproved)
    late = [each for each in facts.own(DeclarationSubmitted) if approved and not came_before(each, approved)]
    return [approved, *late] if approved and late else []


def _terms(facts: Facts) -> Iterator[Fault]:
    """What is paid and opened is what was declared for, and that is what the plan offers."""
    declared, opened, plan = facts.own_first(DeclarationSubmitted), facts.opened, facts.plan
    if declared is None:
        return
    if plan and _offer(plan) != _offer(declared):
        yield fault("Another fee, organisation, class, category or specialty was declared than the plan's",
                    plan, declared)  # fmt: skip
    for paid in facts.own(PaymentConfirmed):
        for back in facts.own(PaymentRefunded):
            if back.order_id == paid.order_id:
                yield fault("The fee went back", paid, back)
        if paid.amount_fen < declared.fee_fen:
            yield fault("Less than the fee was paid", declared, paid)
    if opened and (opened.plan_id, opened.specialty) != (declared.plan_id, declared.specialty):
        yield fault("Learning was opened for another plan or specialty than was declared", declared, opened)


def _offer(terms: PlanPublished | DeclarationSubmitted) -> tuple[object, ...]:
    return terms.plan_id, terms.organisation, terms.batch, terms.category, terms.specialty, terms.fee_fen


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

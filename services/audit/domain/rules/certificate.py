"""The verdict, and every step from it to the certificate, rest on what came before (R28–R30)."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta, timezone

from services.audit.domain.discrepancy import Fault, fault
from services.audit.domain.facts import Facts
from services.audit.domain.rule import rule
from services.audit.domain.times import TRANSIT, came_before
from shared.events.base import Event
from shared.events.certificate import (
    CertificateIssued,
    CertificateRevoked,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    ProvinceRejected,
    Verdict,
)
from shared.events.enrollment import (
    DeclarationSubmitted,
    EnrollmentAdvanced,
    EnrollmentBarred,
    EnrollmentExpired,
    EnrollmentReinstated,
    EnrollmentResumed,
    EnrollmentSuspended,
    LearningOpened,
)
from shared.events.learning import LessonCompleted, StudyCompleted
from shared.events.terms import LessonKind, LicenceCategory

BEFORE: dict[type[Event], tuple[type[Event] | None, ...]] = {
    HoursAudited: (None, HoursAudited, ProvinceRejected),
    HoursConfirmed: (HoursAudited, ProvinceRejected),
    HoursReported: (HoursConfirmed,),
    ProvinceApproved: (HoursReported,),
    ProvinceRejected: (HoursReported,),
    CertificateIssued: (ProvinceApproved,),
    CertificateRevoked: (CertificateIssued,),
}
BASES: dict[str, tuple[type[Event], ...]] = {
    "completed": (StudyCompleted,),
    "organisation_review": (HoursAudited, ProvinceRejected),
    "reportable": (HoursConfirmed,),
    "province_review": (HoursReported,),
    "certified": (CertificateIssued,),
}
INTERRUPTIONS: dict[type[Event], str] = {
    EnrollmentSuspended: "suspended",
    EnrollmentBarred: "barred",
    EnrollmentExpired: "expired",
}
FIRST_STATUS = "active"
BY_POLICY = "policy"
CHINA = timezone(timedelta(hours=8))
PREFIXES = {LicenceCategory.LEVEL_ONE: "CE1-42", LicenceCategory.LEVEL_TWO: "CE2-42"}
BASE_32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's


@rule("file.order", "R28 R29 R30", *BEFORE)
def file_order(facts: Facts) -> Iterator[Fault]:
    """The file goes from verdict to confirmation, report, decision of the province, certificate and
    revocation; each step follows the one that it needs, and none is repeated without cause."""
    last: Event | None = None
    for event in facts.own_events:
        if type(event) not in BEFORE:
            continue
        kind = type(last) if last else None
        if kind not in BEFORE[type(event)]:
            yield fault("A step of the file lacks the one before it", *([last] if last else []), event)
        elif last and came_before(event, last):
            yield fault("A step of the file came before the one that it needs", last, event)
        elif event == last:
            yield fault("The hours were audited twice with one result", last, event)
        last = event


@rule("file.confirmed", "R28 R29", HoursConfirmed, HoursAudited, LearningOpened, ProvinceApproved)
def file_confirmed(facts: Facts) -> Iterator[Fault]:
    """Somebody stands for the hours, and for the province's approval, by name; for the hours the policy
    does, where it says so and the last verdict is clean."""
    verdict: HoursAudited | None = None
    for event in facts.own_events:
        if isinstance(event, HoursAudited):
            verdict = event
        elif isinstance(event, HoursConfirmed):
            if not event.confirmed_by.strip():
                yield fault("Nobody confirmed the hours", event)
            by_policy = event.confirmed_by == BY_POLICY
            if by_policy and not facts.policy.automatic_confirmation:
                yield fault("The policy wants a person to confirm the hours", event)
            if by_policy and verdict and verdict.verdict is not Verdict.CLEAN:
                yield fault("Doubtful hours were confirmed by nobody", verdict, event)
        elif isinstance(event, ProvinceApproved) and not event.approved_by.strip():
            yield fault("Nobody approved for the province", event)


@rule(
    "file.followed",
    "R5 R9 R26 R28",
    EnrollmentAdvanced,
    EnrollmentSuspended,
    EnrollmentResumed,
    EnrollmentBarred,
    EnrollmentExpired,
    EnrollmentReinstated,
    StudyCompleted,
    *BEFORE,
)
def file_followed(facts: Facts) -> Iterator[Fault]:
    """The enrolment moves on from where it was, and only because of what another service published before; it
    goes on after an interruption, and after nothing else."""
    status, interrupted = FIRST_STATUS, set(INTERRUPTIONS.values())
    for event in facts.own_events:
        if isinstance(event, EnrollmentAdvanced):
            if event.from_status != status:
                yield fault(f"The enrolment was {status}, and moved on from {event.from_status}", event)
            yield from _ground(facts, event)
            status = event.to_status
        elif isinstance(event, EnrollmentResumed | EnrollmentReinstated):
            if status not in interrupted:
                yield fault(f"The enrolment was {status}, and went on", event)
            yield from _ground(facts, event)
            status = event.to_status
        elif type(event) in INTERRUPTIONS:
            allowed = (
                status == "suspended" if isinstance(event, EnrollmentBarred) else status not in interrupted
            )
            if not allowed:
                yield fault(f"The enrolment was {status}, and was interrupted", event)
            status = INTERRUPTIONS[type(event)]


@rule(
    "certificate.number", "R30", CertificateIssued, ProvinceApproved, CertificateRevoked, DeclarationSubmitted
)
def certificate_number(facts: Facts) -> Iterator[Fault]:
    """A certificate has the number that its enrolment, licence category and year give, and the date on which
    the province approved; what is revoked is what was issued."""
    approved, declared = facts.own_first(ProvinceApproved), facts.own_first(DeclarationSubmitted)
    for issued in facts.own(CertificateIssued):
        if approved and abs(approved.approved_at - approved.published.time) > TRANSIT:
            yield fault("An approval has another date than the day on which it was given", approved)
        if approved and issued.issued_at != approved.approved_at:
            yield fault("A certificate has another date than its approval", approved, issued)
        if declared and issued.number != _number(facts.enrollment_id, declared.category, issued):
            yield fault("A certificate has another number than its enrolment gives", declared, issued)
        for revoked in facts.own(CertificateRevoked):
            if revoked.number != issued.number:
                yield fault("Another certificate was revoked than was issued", issued, revoked)


@rule("verdict.rederived", "R28 R7", HoursAudited, StudyCompleted, LessonCompleted, LearningOpened, last=True)
def verdict_rederived(facts: Facts) -> Iterator[Fault]:
    """A verdict follows the end of the study and names it; a clean one has the hours that the log gives,
    every
    rule of it held, and no other rule of the auditor was broken; a doubtful one says which did not hold."""
    study = facts.own_first(StudyCompleted)
    for audited in facts.own(HoursAudited):
        if study is None:
            yield fault("Hours were audited without a study in the log", audited)
            continue
        if came_before(audited, study):
            yield fault("Hours were audited before the study was completed", study, audited)
        yield from _verdict(facts, audited, study)


def _verdict(facts: Facts, audited: HoursAudited, study: StudyCompleted) -> Iterator[Fault]:
    hours, declared = facts.hours, facts.own_first(DeclarationSubmitted)
    due = tuple(hours.whole_hours(kind) for kind in (LessonKind.COMPULSORY, LessonKind.ELECTIVE))
    stated, clean = (audited.compulsory_hours, audited.elective_hours), audited.verdict is Verdict.CLEAN
    if stated != due if clean else any(more > have for more, have in zip(stated, due, strict=True)):
        yield fault(f"Audited {stated} hours, counted {due}", study, audited)
    if clean != all(finding.held for finding in audited.findings):
        yield fault("The verdict does not follow from its findings", audited)
    if clean and not any(study.published.id in finding.event_ids for finding in audited.findings):
        yield fault("The verdict does not rest on the study", study, audited)
    if clean and hours.discrepancies:
        yield fault("A clean verdict, and the log does not bear it out", study, audited)
    if declared and audited.organisation != declared.organisation:
        yield fault("The hours were audited for another organisation", declared, audited)


def _ground(
    facts: Facts, event: EnrollmentAdvanced | EnrollmentResumed | EnrollmentReinstated
) -> Iterator[Fault]:
    kinds = BASES.get(event.to_status, ())
    bases = [basis for kind in kinds for basis in facts.own(kind)]
    if kinds and not bases:
        yield fault(f"The enrolment became {event.to_status} without ground", event)
    elif bases and all(came_before(event, basis) for basis in bases):
        yield fault(f"The enrolment became {event.to_status} before there was ground", bases[0], event)


def _number(enrollment_id: str, category: LicenceCategory, issued: CertificateIssued) -> str:
    digest = int.from_bytes(hashlib.sha256(f"certificate|{enrollment_id}".encode()).digest(), "big")
    letters = "".join(BASE_32[digest >> 5 * place & 31] for place in range(12))
    return f"{PREFIXES[category]}-{issued.issued_at.astimezone(CHINA).year}-{letters}"

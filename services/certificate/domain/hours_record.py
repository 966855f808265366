"""学时档案: one enrolment's way from collected evidence to the certificate (R28–R30)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from services.certificate.domain.audit import HoursAudit, audit
from services.certificate.domain.evidence import AuditEvidence, StudyEvent
from services.certificate.domain.number import certificate_number
from services.certificate.domain.person import Identity
from services.certificate.domain.status import Held, Impossible, Incomplete, ReasonMissing, RecordStatus
from shared.domain.aggregate import Aggregate
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
from shared.events.enrollment import DeclarationSubmitted
from shared.events.terms import LicenceCategory

PATIENCE = timedelta(seconds=30)  # how long evidence that a finished study names may be under way
AUDITOR_PATIENCE = timedelta(minutes=15)  # ⚙ how long a record waits for the auditor's word
BY_POLICY = "policy"


class Ids(TypedDict):
    """What every event of a record carries."""

    enrollment_id: str
    person_id: str


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """证书: what was stored and issued."""

    sha256: str  # of the signed PDF
    object_key: str


@dataclass(kw_only=True)
class HoursRecord(Aggregate):
    """学时档案; its id is the enrolment's."""

    person_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    personal: str  # PersonalData, sealed with the person's key, context "certificate"
    declared_sequence: int = 0  # of the DeclarationSubmitted that it was taken from
    status: RecordStatus = RecordStatus.COLLECTING
    evidence: AuditEvidence = field(default_factory=AuditEvidence)
    study_known_at: datetime | None = None
    result: HoursAudit | None = None
    reason: str | None = None  # why the province sent it back, or revoked the certificate
    number: str | None = None
    approved_at: datetime | None = None  # also the date of the certificate
    certificate: Certificate | None = None
    held: bool = False  # a case of cheating is open, or was confirmed (R26)
    held_sequence: int = 0  # of the enrolment's event that says so

    @classmethod
    def of(cls, declared: DeclarationSubmitted, personal: str) -> "HoursRecord":
        """建档; `personal` is sealed as the field says. It has yet to `declare`."""
        return cls(
            id=declared.enrollment_id,
            person_id=declared.person_id,
            organisation=declared.organisation,
            batch=declared.batch,
            category=declared.category,
            specialty=declared.specialty,
            personal=personal,
        )

    # ---- evidence ----

    def declare(self, declared: DeclarationSubmitted, personal: str) -> None:
        """个人申报, or its correction; an older one that comes late changes nothing (R5)."""
        if declared.published.sequence > self.declared_sequence:
            self.declared_sequence, self.personal = declared.published.sequence, personal

    def identify(self, identity: Identity) -> None:
        """实名认证 of the person (R16); the audit follows once everything has arrived (R28)."""
        self.evidence.identity = identity
        self._audit_if_complete()

    def learn(self, event: StudyEvent, now: datetime) -> None:
        """What happened in the study; the audit follows once everything has arrived (R28)."""
        self.evidence.add(event)
        if self.evidence.study and self.study_known_at is None:
            self.study_known_at = now
        self._audit_if_complete()

    def audit_overdue(self, now: datetime, auditor_patience: timedelta = AUDITOR_PATIENCE) -> None:
        """审核 with what there is, when evidence is under way too long; a person decides then (R28).

        Until the auditor has spoken the record waits for `auditor_patience`: it reads a log that comes later.
        """
        known = self.study_known_at
        patience = auditor_patience if self.evidence.derivation is None else PATIENCE
        if self.status is RecordStatus.COLLECTING and known is not None and known + patience <= now:
            self._audit()

    # ---- decisions ----

    def confirm(self, confirmed_by: str) -> None:
        """机构确认, also of doubtful hours: a person decides (R28). Raises Impossible, Incomplete, Held."""
        self._only_in(RecordStatus.ORGANISATION_REVIEW)
        self._not_held()
        if self.evidence.opening is None:
            raise Incomplete()
        self.status = RecordStatus.REPORTABLE
        self.record(HoursConfirmed(**self._ids, confirmed_by=confirmed_by))

    def report(self) -> None:
        """上报省级 (R29). Raises Impossible, Held."""
        self._only_in(RecordStatus.REPORTABLE)
        self._not_held()
        self.status = RecordStatus.PROVINCE_REVIEW
        self.record(HoursReported(**self._ids))

    def approve(self, approved_by: str, now: datetime) -> None:
        """省级审核通过: the certificate has its number and date, and can be made (R29).

        Raises Impossible, Held.
        """
        self._only_in(RecordStatus.PROVINCE_REVIEW)
        self._not_held()
        self.status, self.approved_at, self.reason = RecordStatus.APPROVED, now, None
        self.number = certificate_number(self.id, self.category, now)
        self.record(ProvinceApproved(**self._ids, approved_by=approved_by, approved_at=now))

    def reject(self, rejected_by: str, reason: str) -> None:
        """省级审核不通过: it goes back to the organisation, with what to mend (R29).

        Raises Impossible, ReasonMissing.
        """
        self._only_in(RecordStatus.PROVINCE_REVIEW)
        if not reason:
            raise ReasonMissing()
        self.status, self.reason = RecordStatus.ORGANISATION_REVIEW, reason
        self.record(ProvinceRejected(**self._ids, rejected_by=rejected_by, reason=reason))

    def issue(self, sha256: str, object_key: str) -> None:
        """发证: the signed PDF is stored (R30). The first counts; nothing for a withdrawn record."""
        if self.status is not RecordStatus.APPROVED:
            return
        assert self.number is not None
        assert self.approved_at is not None
        self.status = RecordStatus.CERTIFIED
        self.certificate = Certificate(sha256=sha256, object_key=object_key)
        self.record(
            CertificateIssued(
                **self._ids,
                number=self.number,
                sha256=sha256,
                object_key=object_key,
                issued_at=self.approved_at,
            )
        )

    def revoke(self, revoked_by: str, reason: str) -> None:
        """撤销证书: verification says so from now on (R30). Raises Impossible."""
        self._only_in(RecordStatus.CERTIFIED)
        assert self.number is not None
        self.status, self.reason = RecordStatus.REVOKED, reason
        self.record(CertificateRevoked(**self._ids, number=self.number, revoked_by=revoked_by, reason=reason))

    def hold(self, sequence: int, *, held: bool) -> None:
        """暂停办理 while a case is open, and after it was confirmed (R26); an older event changes nothing."""
        if sequence > self.held_sequence:
            self.held_sequence, self.held = sequence, held
            if self.reason is None:  # what the province sent back is for a person
                self._confirm_by_policy()

    def withdraw(self) -> None:
        """本人强制办结: nothing follows any more; a certificate that has been issued stays (R5)."""
        if self.status not in (RecordStatus.CERTIFIED, RecordStatus.REVOKED):
            self.status = RecordStatus.WITHDRAWN

    # ---- inside ----

    @property
    def _ids(self) -> Ids:
        return {"enrollment_id": self.id, "person_id": self.person_id}

    @property
    def _undecided(self) -> bool:
        """Nobody has decided: evidence that comes late can clear the record, or make it doubtful."""
        return self.status in (RecordStatus.COLLECTING, RecordStatus.ORGANISATION_REVIEW)

    def _audit_if_complete(self) -> None:
        if self._undecided and self.evidence.complete:
            self._audit()

    def _audit(self) -> None:
        result = audit(self.evidence)
        if result == self.result:
            return
        self.status, self.result = RecordStatus.ORGANISATION_REVIEW, result
        self.record(
            HoursAudited(
                **self._ids,
                organisation=self.organisation,
                verdict=result.verdict,
                compulsory_hours=result.compulsory_hours,
                elective_hours=result.elective_hours,
                findings=result.findings,
            )
        )
        self._confirm_by_policy()

    def _confirm_by_policy(self) -> None:
        """Clean hours, where the policy wants no person; not while a case is open (R26, R28)."""
        policy = self.evidence.opening.policy if self.evidence.opening else None
        clean = self.result is not None and self.result.verdict is Verdict.CLEAN
        awaited = self.status is RecordStatus.ORGANISATION_REVIEW and not self.held
        if policy and policy.automatic_confirmation and clean and awaited:
            self.confirm(BY_POLICY)

    def _not_held(self) -> None:
        if self.held:
            raise Held()

    def _only_in(self, status: RecordStatus) -> None:
        if self.status is not status:
            raise Impossible(status=self.status.value)

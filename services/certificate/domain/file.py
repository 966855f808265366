"""学时档案: one enrolment's way from collected facts to the certificate (R28–R30)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.certificate.domain.audit import Audit, audit
from services.certificate.domain.facts import Facts
from services.certificate.domain.number import certificate_number
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
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

PATIENCE = timedelta(seconds=30)  # how long facts that a finished study names may be under way
BY_POLICY = "policy"


class FileStatus(StrEnum):
    """档案状态."""

    COLLECTING = "collecting"  # 学习中
    ORGANISATION_REVIEW = "organisation_review"  # 机构审核
    REPORTABLE = "reportable"  # 可上报
    PROVINCE_REVIEW = "province_review"  # 省级审核
    APPROVED = "approved"  # 审核通过, 制证中
    CERTIFIED = "certified"  # 已发证
    REVOKED = "revoked"  # 已撤销
    WITHDRAWN = "withdrawn"  # 本人办结


class Impossible(DomainError):
    """此状态不可操作: the transition does not exist from this state; nothing has changed."""

    code = "file.impossible"
    kind = ErrorKind.CONFLICT
    message = "This cannot be done while the file is {status} 当前状态不可操作."


class Incomplete(DomainError):
    """档案不全: the plan's terms are not known, so there are no hours to stand for."""

    code = "file.incomplete"
    kind = ErrorKind.CONFLICT
    message = "The opening of this study is not on file yet 档案不全."


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """证书: what was stored and issued."""

    sha256: str  # of the signed PDF
    object_key: str


@dataclass(kw_only=True)
class HoursFile(Aggregate):
    """学时档案; its id is the enrolment's."""

    person_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    personal: str  # PersonalData, sealed with the person's key, context "certificate"
    declared_sequence: int = 0  # of the DeclarationSubmitted that it was taken from
    status: FileStatus = FileStatus.COLLECTING
    facts: Facts = field(default_factory=Facts)
    study_known_at: datetime | None = None
    result: Audit | None = None
    reason: str | None = None  # why the province sent it back, or revoked the certificate
    number: str | None = None
    approved_at: datetime | None = None  # also the date of the certificate
    certificate: Certificate | None = None

    # ---- facts ----

    def declare(self, event: DeclarationSubmitted, personal: str) -> None:
        """个人申报, or its correction; an older one that comes late changes nothing (R5)."""
        if event.published.sequence > self.declared_sequence:
            self.declared_sequence, self.personal = event.published.sequence, personal

    def learn(self, note: Callable[[Facts], None], now: datetime) -> None:
        """Take a fact; the audit follows as soon as all have arrived (R28)."""
        note(self.facts)
        if self.facts.study and self.study_known_at is None:
            self.study_known_at = now
        if self._awaits_audit and self.facts.complete_for_audit:
            self._audit()

    def audit_overdue(self, now: datetime) -> None:
        """审核 with what there is, when facts have been under way too long; a person decides then (R28)."""
        known = self.study_known_at
        if self.status is FileStatus.COLLECTING and known is not None and known + PATIENCE <= now:
            self._audit()

    # ---- decisions ----

    def confirm(self, confirmed_by: str) -> None:
        """机构确认, also of doubtful hours: a person decides (R28). Raises Impossible, Incomplete."""
        self._only_in(FileStatus.ORGANISATION_REVIEW)
        if self.facts.opening is None:
            raise Incomplete()
        self.status = FileStatus.REPORTABLE
        self.record(
            HoursConfirmed(enrollment_id=self.id, person_id=self.person_id, confirmed_by=confirmed_by)
        )

    def report(self) -> None:
        """上报省级 (R29). Raises Impossible."""
        self._only_in(FileStatus.REPORTABLE)
        self.status = FileStatus.PROVINCE_REVIEW
        self.record(HoursReported(enrollment_id=self.id, person_id=self.person_id))

    def approve(self, approved_by: str, now: datetime) -> None:
        """省级审核通过: the certificate has its number and date, and can be made (R29). Raises Impossible."""
        self._only_in(FileStatus.PROVINCE_REVIEW)
        self.status, self.approved_at, self.reason = FileStatus.APPROVED, now, None
        self.number = certificate_number(self.id, self.category, now)
        self.record(
            ProvinceApproved(
                enrollment_id=self.id, person_id=self.person_id, approved_by=approved_by, approved_at=now
            )
        )

    def reject(self, rejected_by: str, reason: str) -> None:
        """省级审核不通过: it goes back to the organisation, with what to mend (R29). Raises Impossible."""
        self._only_in(FileStatus.PROVINCE_REVIEW)
        self.status, self.reason = FileStatus.ORGANISATION_REVIEW, reason
        self.record(
            ProvinceRejected(
                enrollment_id=self.id, person_id=self.person_id, rejected_by=rejected_by, reason=reason
            )
        )

    def issue(self, sha256: str, object_key: str) -> None:
        """发证: the signed PDF stands in the store (R30). The first counts; nothing for a withdrawn file."""
        if self.status is not FileStatus.APPROVED:
            return
        assert self.number is not None
        assert self.approved_at is not None
        self.status = FileStatus.CERTIFIED
        self.certificate = Certificate(sha256=sha256, object_key=object_key)
        self.record(
            CertificateIssued(
                enrollment_id=self.id,
                person_id=self.person_id,
                number=self.number,
                sha256=sha256,
                object_key=object_key,
                issued_at=self.approved_at,
            )
        )

    def revoke(self, revoked_by: str, reason: str) -> None:
        """撤销证书: verification says so from now on (R30). Raises Impossible."""
        self._only_in(FileStatus.CERTIFIED)
        assert self.number is not None
        self.status, self.reason = FileStatus.REVOKED, reason
        self.record(
            CertificateRevoked(
                enrollment_id=self.id,
                person_id=self.person_id,
                number=self.number,
                revoked_by=revoked_by,
                reason=reason,
            )
        )

    def withdraw(self) -> None:
        """本人强制办结: nothing follows any more; a certificate that has been issued stands (R5)."""
        if self.status not in (FileStatus.CERTIFIED, FileStatus.REVOKED):
            self.status = FileStatus.WITHDRAWN

    # ---- inside ----

    @property
    def _awaits_audit(self) -> bool:
        """Not audited yet, or judged doubtful and not decided on: a fact that came late can clear it."""
        doubtful = self.result is not None and self.result.verdict is Verdict.DOUBTFUL
        return self.status is FileStatus.COLLECTING or (
            self.status is FileStatus.ORGANISATION_REVIEW and doubtful
        )

    def _audit(self) -> None:
        result = audit(self.facts)
        if result == self.result:
            return
        self.status, self.result = FileStatus.ORGANISATION_REVIEW, result
        self.record(
            HoursAudited(
                enrollment_id=self.id,
                person_id=self.person_id,
                organisation=self.organisation,
                verdict=result.verdict,
                compulsory_hours=result.compulsory_hours,
                elective_hours=result.elective_hours,
                findings=result.findings,
            )
        )
        policy = self.facts.opening.policy if self.facts.opening else None
        if policy and policy.automatic_confirmation and result.verdict is Verdict.CLEAN:
            self.confirm(BY_POLICY)

    def _only_in(self, status: FileStatus) -> None:
        if self.status is not status:
            raise Impossible(status=self.status.value)

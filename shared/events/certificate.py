"""What certificate (审核与证书) publishes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.events.base import Event, event


class Verdict(StrEnum):
    """学时审核结论: what the hours audit came to (R28)."""

    CLEAN = "clean"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """审核依据: one rule of the hours audit, whether it held, and the events that it rests on (R28)."""

    rule: str
    held: bool
    says: str
    event_ids: list[str]


@event("certificate.hours.audited.v1")
class HoursAudited(Event):
    """学时审核: the hours were audited from the events, by rules (R28)."""

    enrollment_id: str
    person_id: str
    organisation: str
    verdict: Verdict
    compulsory_hours: int
    elective_hours: int
    findings: list[Finding]


@event("certificate.hours.confirmed.v1")
class HoursConfirmed(Event):
    """机构确认: the organisation stands for the hours (R28)."""

    enrollment_id: str
    person_id: str
    confirmed_by: str  # account id, or "policy"


@event("certificate.hours.reported.v1")
class HoursReported(Event):
    """上报省级: the learner reported to the province (R29)."""

    enrollment_id: str
    person_id: str


@event("certificate.province.approved.v1")
class ProvinceApproved(Event):
    """省级审核通过: the province accepts the study; a certificate is due (R29)."""

    enrollment_id: str
    person_id: str
    approved_by: str
    approved_at: datetime


@event("certificate.province.rejected.v1")
class ProvinceRejected(Event):
    """省级审核不通过: what to mend; it goes back to the organisation (R29)."""

    enrollment_id: str
    person_id: str
    rejected_by: str
    reason: str


@event("certificate.certificate.issued.v1")
class CertificateIssued(Event):
    """发证: the signed PDF stands in the store under its SHA-256 (R30)."""

    enrollment_id: str
    person_id: str
    number: str
    sha256: str
    object_key: str
    issued_at: datetime


@event("certificate.certificate.revoked.v1")
class CertificateRevoked(Event):
    """撤销证书: it verifies as revoked from now on (R30)."""

    enrollment_id: str
    person_id: str
    number: str
    revoked_by: str
    reason: str

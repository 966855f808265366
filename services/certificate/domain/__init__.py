"""Rules of the hours audit and of the way to the certificate (R28–R30)."""

from services.certificate.domain.audit import HoursAudit
from services.certificate.domain.evidence import AuditEvidence
from services.certificate.domain.hours_record import Certificate, HoursRecord
from services.certificate.domain.number import certificate_number
from services.certificate.domain.person import Person
from services.certificate.domain.status import RecordStatus

__all__ = [
    "AuditEvidence",
    "Certificate",
    "HoursAudit",
    "HoursRecord",
    "Person",
    "RecordStatus",
    "certificate_number",
]

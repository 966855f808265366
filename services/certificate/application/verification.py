"""Anyone checks a certificate: by its number, or by the PDF itself (R30)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from services.certificate.adapters import pdf_verification
from services.certificate.application.personal_data import masked_name
from services.certificate.domain import HoursRecord, RecordStatus
from services.certificate.domain.verification import PdfReason, compare_with_record
from services.certificate.storage import HoursRecords
from shared.domain.errors import NotFound
from shared.events.terms import LicenceCategory
from shared.security.keyring import Keyring


@dataclass(frozen=True, kw_only=True)
class CertificateExtract:
    """证书信息: no more than a verifier needs."""

    number: str
    revoked: bool
    holder: str | None  # the masked name; None once the person has been erased (R33)
    category: LicenceCategory
    specialty: str
    organisation: str
    compulsory_hours: int
    elective_hours: int
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class PdfAnswer:
    """What is known about a PDF; `number` once our signature holds, `certificate` once it was issued."""

    reason: PdfReason
    number: str | None = None
    certificate: CertificateExtract | None = None


def verify_number(records: HoursRecords, keyring: Keyring, number: str) -> CertificateExtract:
    """Raises NotFound for a number that was never issued."""
    record = records.certified_as(number)
    if record is None:
        raise NotFound(what="Certificate")
    return _extract(record, keyring)


def verify_pdf(
    records: HoursRecords, keyring: Keyring, trusted: Sequence[x509.Certificate], pdf: bytes
) -> PdfAnswer:
    """Signature first, then whether it is, byte for byte, what we issued, and still counts."""
    signed = pdf_verification.verify_pdf(pdf, *trusted)
    if not signed.valid or signed.number is None:
        return PdfAnswer(reason=signed.reason)
    record = records.certified_as(signed.number)
    return PdfAnswer(
        reason=compare_with_record(record, hashlib.sha256(pdf).hexdigest()),
        number=signed.number,
        certificate=_extract(record, keyring) if record else None,
    )


def _extract(record: HoursRecord, keyring: Keyring) -> CertificateExtract:
    assert record.number is not None
    assert record.result is not None
    assert record.approved_at is not None
    return CertificateExtract(
        number=record.number,
        revoked=record.status is RecordStatus.REVOKED,
        holder=masked_name(keyring, record),
        category=record.category,
        specialty=record.specialty,
        organisation=record.organisation,
        compulsory_hours=record.result.compulsory_hours,
        elective_hours=record.result.elective_hours,
        issued_at=record.approved_at,
    )

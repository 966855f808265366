"""What checking a certificate can answer, whether the PDF or its QR code (R30). The codes are stable."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from services.certificate.domain.hours_record import HoursRecord
from services.certificate.domain.status import RecordStatus


class PdfReason(StrEnum):
    """Why a PDF is, or is not, a certificate of ours that counts."""

    VALID = "valid"
    # What the file itself proves:
    TOO_LARGE = "too_large"
    NOT_A_PDF = "not_a_pdf"
    UNSIGNED = "unsigned"
    EXTENDED = "extended_after_signing"
    ALTERED = "altered"
    OTHER_SIGNER = "other_signer"
    NUMBER_MISSING = "number_missing"
    # What only our records know:
    UNKNOWN_NUMBER = "unknown_number"
    HASH_DIFFERS = "hash_differs"
    REVOKED = "revoked"


class TokenReason(StrEnum):
    """Why a QR token is, or is not, ours."""

    VALID = "valid"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    ALTERED = "altered_or_other_signer"


@dataclass(frozen=True)
class PdfVerification:
    """The answer for one PDF. `number` is set only when `valid`: a doubtful file is not believed."""

    reason: PdfReason
    number: str | None = None

    @property
    def valid(self) -> bool:
        """Whether our key has signed it, byte for byte."""
        return self.reason is PdfReason.VALID


@dataclass(frozen=True)
class OfflineClaims:
    """What the QR code itself proves, to compare with the paper by eye."""

    number: str
    holder_name: str
    licence_category: str
    compulsory_hours: Decimal
    elective_hours: Decimal
    issued_at: datetime


@dataclass(frozen=True)
class OfflineVerification:
    """The answer for one QR token. `claims` is set only when `valid`."""

    reason: TokenReason
    claims: OfflineClaims | None = None

    @property
    def valid(self) -> bool:
        """Whether our key has signed it."""
        return self.reason is TokenReason.VALID


def compare_with_record(record: HoursRecord | None, sha256: str) -> PdfReason:
    """Whether a PDF that we signed, with this hash, is what the record issued, and still counts."""
    if record is None or record.certificate is None:
        return PdfReason.UNKNOWN_NUMBER
    if record.certificate.sha256 != sha256:
        return PdfReason.HASH_DIFFERS
    return PdfReason.REVOKED if record.status is RecordStatus.REVOKED else PdfReason.VALID

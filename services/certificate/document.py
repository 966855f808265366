"""What a certificate (继续教育合格证书) says, and what checking one can answer (R30)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

CHINA_TIME = timezone(timedelta(hours=8), "CST")  # a certificate is dated by the calendar of its place
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,39}")
_FULL_ID_NUMBER = re.compile(r"\d{17}[\dXx]")


class DocumentKind(StrEnum):
    """Which document the licence level earns (R30)."""

    CERTIFICATE = "certificate"  # 继续教育合格证书, level two
    HOURS_STATEMENT = "hours_statement"  # 学时证明, level one


class PdfReason(StrEnum):
    """Why a PDF is, or is not, a certificate as we issued it. The codes are stable."""

    VALID = "valid"
    TOO_LARGE = "too_large"
    NOT_A_PDF = "not_a_pdf"
    UNSIGNED = "unsigned"
    EXTENDED = "extended_after_signing"
    ALTERED = "altered"
    OTHER_SIGNER = "other_signer"
    NUMBER_MISSING = "number_missing"


class TokenReason(StrEnum):
    """Why a QR token is, or is not, ours. The codes are stable."""

    VALID = "valid"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    ALTERED = "altered_or_other_signer"


def mask_id_number(id_number: str) -> str:
    """身份证号 as it may be printed: region and last four, e.g. ``420106********1234``."""
    if not _FULL_ID_NUMBER.fullmatch(id_number):
        raise ValueError("an ID number has 18 characters")
    return f"{id_number[:6]}{'*' * 8}{id_number[-4:]}"


@dataclass(frozen=True, kw_only=True)
class CertificateData:
    """Everything that is printed, as it stood on the day it was earned (R30: a re-issue changes nothing).

    ``seconds_per_hour`` is the plan's 学时 (R7, 2700 s unless its policy says otherwise); ``issued_at`` is an
    aware time; ``photo_jpeg`` holds the bytes checked at declaration (R3).

    Raises:
        ValueError: number out of form, naive time, negative seconds, dates reversed, an unmasked ID number,
            or a photo that is no JPEG.
    """

    number: str
    holder_name: str
    id_number_masked: str
    licence_category: str
    specialty: str
    licence_number: str
    organisation: str
    plan: str
    compulsory_seconds: int
    elective_seconds: int
    study_started: date
    study_ended: date
    issued_at: datetime
    verification_url: str
    seconds_per_hour: int = 2700
    photo_jpeg: bytes | None = None
    kind: DocumentKind = DocumentKind.CERTIFICATE

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.number):
            raise ValueError("certificate number: 4 to 40 letters, digits and hyphens")
        if _FULL_ID_NUMBER.search(self.id_number_masked):
            raise ValueError("the ID number must be masked before it is printed")
        if self.issued_at.tzinfo is None:
            raise ValueError("issued_at must carry a time zone")
        if self.photo_jpeg is not None and not self.photo_jpeg.startswith(b"\xff\xd8\xff"):
            raise ValueError("the photo must be a JPEG")
        self._check_study()

    def _check_study(self) -> None:
        if min(self.compulsory_seconds, self.elective_seconds) < 0 or self.seconds_per_hour <= 0:
            raise ValueError("seconds cannot be negative, nor an hour empty")
        if self.study_ended < self.study_started:
            raise ValueError("study cannot end before it started")

    @property
    def compulsory_hours(self) -> Decimal:
        """必修学时, in 学时."""
        return self._hours(self.compulsory_seconds)

    @property
    def elective_hours(self) -> Decimal:
        """选修学时, in 学时."""
        return self._hours(self.elective_seconds)

    @property
    def total_hours(self) -> Decimal:
        """合计学时, in 学时: of the total seconds, so that two rounded parts never lose a hundredth."""
        return self._hours(self.compulsory_seconds + self.elective_seconds)

    @property
    def issued_on(self) -> date:
        """发证日期, by the calendar of China."""
        return self.issued_at.astimezone(CHINA_TIME).date()

    @property
    def issued_at_utc(self) -> datetime:
        """The time of issue in UTC, to the second, which is what the document records."""
        return self.issued_at.astimezone(UTC).replace(microsecond=0)

    def _hours(self, seconds: int) -> Decimal:
        """Rounded down: a document never says more than was watched."""
        return (Decimal(seconds) / self.seconds_per_hour).quantize(Decimal("0.01"), ROUND_DOWN)


@dataclass(frozen=True)
class PdfVerification:
    """The answer for one PDF. ``number`` is set only when ``valid``: a doubtful file is not believed."""

    reason: PdfReason
    number: str | None = None

    @property
    def valid(self) -> bool:
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
    """The answer for one QR token. ``claims`` is set only when ``valid``."""

    reason: TokenReason
    claims: OfflineClaims | None = None

    @property
    def valid(self) -> bool:
        return self.reason is TokenReason.VALID

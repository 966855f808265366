"""What a certificate (继续教育合格证书) says (R30)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from shared.domain.china_time import china_date
from shared.events.terms import LicenceCategory

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,39}")
_FULL_ID_NUMBER = re.compile(r"\d{17}[\dXx]")


class DocumentKind(StrEnum):
    """Which document the licence level earns (R30)."""

    CERTIFICATE = "certificate"  # 继续教育合格证书, level two
    HOURS_STATEMENT = "hours_statement"  # 学时证明, level one


KINDS = {
    LicenceCategory.LEVEL_ONE: DocumentKind.HOURS_STATEMENT,
    LicenceCategory.LEVEL_TWO: DocumentKind.CERTIFICATE,
}
QUALIFICATIONS = {
    LicenceCategory.LEVEL_ONE: "一级造价工程师",
    LicenceCategory.LEVEL_TWO: "二级造价工程师",
}  # 执业资格, as printed


def mask_id_number(id_number: str) -> str:
    """身份证号 as it may be printed: region and last four, e.g. `420106********1234`."""
    if not _FULL_ID_NUMBER.fullmatch(id_number):
        raise ValueError("an ID number has 18 characters")
    return f"{id_number[:6]}{'*' * 8}{id_number[-4:]}"


@dataclass(frozen=True, kw_only=True)
class CertificateData:
    """Everything that is printed, as it was on the day it was earned (R30: a re-issue changes nothing).

    `seconds_per_hour` is the policy's 学时 (R7); `issued_at` is an aware time.

    Raises:
        ValueError: number out of form, naive time, negative seconds, dates reversed, an unmasked ID number.
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
    seconds_per_hour: int
    kind: DocumentKind

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.number):
            raise ValueError("certificate number: 4 to 40 letters, digits and hyphens")
        if _FULL_ID_NUMBER.search(self.id_number_masked):
            raise ValueError("the ID number must be masked before it is printed")
        if self.issued_at.tzinfo is None:
            raise ValueError("issued_at must carry a time zone")
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
        return china_date(self.issued_at)

    @property
    def issued_at_utc(self) -> datetime:
        """The time of issue in UTC, to the second, which is what the document records."""
        return self.issued_at.astimezone(UTC).replace(microsecond=0)

    def _hours(self, seconds: int) -> Decimal:
        """Rounded down: a document never says more than was watched."""
        return (Decimal(seconds) / self.seconds_per_hour).quantize(Decimal("0.01"), ROUND_DOWN)

"""Resident identity card numbers: 18 characters with a checksum (GB 11643-1999, R2)."""

import re
from datetime import date

from shared.domain.errors import DomainError

_FORM = re.compile(r"^[1-9]\d{5}(\d{8})\d{3}[\dX]$")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class IdNumberInvalid(DomainError):
    """身份证号有误: wrong form, birth date or checksum."""

    code = "id_number.invalid"
    message = "The ID number is not valid: {reason} 身份证号有误."


def check_id_number(id_number: str, today: date) -> str:
    """The number in capital letters. Raises IdNumberInvalid with reason form, birth_date or checksum."""
    number = id_number.strip().upper()
    form = _FORM.match(number)
    if not form:
        raise IdNumberInvalid(reason="form")
    if not _is_past_date(form.group(1), today):
        raise IdNumberInvalid(reason="birth_date")
    if checksum(number[:17]) != number[17]:
        raise IdNumberInvalid(reason="checksum")
    return number


def _is_past_date(digits: str, today: date) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) < today
    except ValueError:
        return False


def checksum(first17: str) -> str:
    """The 18th character for the first 17 digits (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]

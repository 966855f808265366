"""The staff and addresses that learners need, and the learners' own data."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.enrollment.domain.id_number import checksum
from testkit.actors.person import Person
from tests.faults.browser import Desk


class StuckError(Exception):
    """A step that has not succeeded by the deadline."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """Staff at their desks, the published plan, and the addresses of stand-ins and media."""

    url: str
    sms_url: str
    wechat_url: str
    organisation: Desk
    province: Desk
    auditor: Desk
    plan_id: str
    media: Path
    report_seconds: float
    before: Callable[[str], None] = lambda step: None  # may hold a person back


def a_person(number: int) -> Person:
    """A person with ID number, phone and licence of their own, made from the number (0 to 99 999)."""
    year, rest = divmod(number, 1_000)
    first17 = f"420106{1950 + year % 50}0101{rest:03d}"
    return Person(
        name="张学时",
        id_number=first17 + checksum(first17),
        phone=f"139{number:08d}",
        email=f"learner-{number}@example.com",
        licence_number=f"建[造]2142{number:07d}",
        password="Xueshi-faults-2026",
    )

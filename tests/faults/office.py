"""Whom learners deal with, and who they are."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.enrollment.domain.id_number import checksum
from testkit.actors.actors import Person
from tests.faults.browser import Desk


class Stuck(Exception):
    """A step that did not come about although it was tried to the end."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """Whom a learner deals with, and where things are."""

    url: str
    sms_url: str
    wechat_url: str
    organisation: Desk
    province: Desk
    auditor: Desk
    plan_id: str
    media: Path
    report_seconds: float
    before: Callable[[str], None] = lambda step: None  # may hold somebody back


def a_person(number: int) -> Person:
    """Somebody of their own: ID number, phone and licence hold the number (0 to 99 999)."""
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

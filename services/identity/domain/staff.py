"""Which staff accounts there can be (R15)."""

import re
from dataclasses import dataclass

from shared.domain.errors import DomainError
from shared.events.terms import Role

STAFF_NAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")  # an ID number begins with a digit


class StaffInvalid(DomainError):
    """员工信息有误: `field` says what does not fit."""

    code = "staff.invalid"
    message = "Please correct {field} 请更正该项."


@dataclass(frozen=True, kw_only=True)
class StaffMember:
    """员工: who an account is for; `organisation` is the 培训机构 of organisation staff."""

    username: str
    role: Role
    organisation: str | None = None


def is_staff_name(username: str) -> bool:
    """Whether it has the form of a staff member's username; all others are ID numbers."""
    return STAFF_NAME.fullmatch(username) is not None


def check_staff(member: StaffMember) -> None:
    """Organisation staff belong to one organisation, all others to none. Raises StaffInvalid."""
    if not is_staff_name(member.username):
        raise StaffInvalid(field="username")
    if member.role is Role.LEARNER:
        raise StaffInvalid(field="role")
    if bool(member.organisation) != (member.role is Role.ORGANISATION):
        raise StaffInvalid(field="organisation")

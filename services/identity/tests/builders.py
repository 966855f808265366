"""Makes what identity's tests need, with sensible defaults."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime

from services.identity.domain import Account, LoginGuard, Session, StaffMember
from shared.events.base import Meta
from shared.events.enrollment import DeclarationSubmitted
from shared.events.terms import LicenceCategory, Role
from shared.security.keyring import Keyring

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PHONE = "13800138000"
PASSWORD = "correct horse battery"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def an_id_number() -> str:
    """A well-formed ID number of a person unknown so far."""
    first = f"42010619{secrets.randbelow(30) + 60}0{secrets.randbelow(9) + 1}1{secrets.randbelow(10)}"
    first += f"{secrets.randbelow(1000):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


def a_phone() -> str:
    return f"138{secrets.randbelow(10**8):08d}"


def a_learner(*, phone: str = "sealed phone") -> Account:
    account = Account.of_learner(secrets.token_hex(16))
    account.declare_phone(phone)
    return account


def an_activated_learner() -> Account:
    account = a_learner()
    account.issue_code("digest", phone=PHONE, declared=PHONE, now=NOW)
    refusal = account.activate("digest", phone=PHONE, declared=PHONE, password_hash="hash", now=NOW)
    assert refusal is None
    account.events.clear()
    return account


def a_staff_member(
    *, role: Role = Role.PROVINCE, organisation: str | None = None, username: str | None = None
) -> StaffMember:
    name = f"staff-{secrets.token_hex(4)}" if username is None else username
    return StaffMember(username=name, role=role, organisation=organisation)


def a_staff_account(member: StaffMember | None = None) -> Account:
    return Account.of_staff(
        member or a_staff_member(),
        id=secrets.token_hex(16),
        owner="owner",
        password_hash="hash",
        totp_secret="sealed secret",
    )


def a_guard(*, account_id: str | None = "account") -> LoginGuard:
    return LoginGuard(id=secrets.token_hex(16), account_id=account_id)


def a_session(*, now: datetime = NOW) -> Session:
    return Session.open(
        id=secrets.token_hex(16),
        account_id="account",
        role="learner",
        refresh_digest="first",
        user_agent_digest="browser",
        now=now,
    )


def a_declaration(keyring: Keyring, *, id_number: str, phone: str = PHONE) -> DeclarationSubmitted:
    """The event as enrollment publishes it; the person and their key are made."""
    person_id = keyring.person_for(id_number)
    personal = {
        "name": "测试学员",
        "id_number": id_number,
        "phone": phone,
        "email": "learner@example.org",
        "licence_number": "建[造]21420000001",
        "licence_issued_on": "2023-05-01",
        "registration_number": None,
        "company": None,
    }
    event = DeclarationSubmitted(
        enrollment_id=secrets.token_hex(16),
        plan_id="plan",
        person_id=person_id,
        organisation="武汉建设工程造价管理协会",
        batch="2026年第一期",
        category=LicenceCategory.LEVEL_TWO,
        specialty="土木建筑",
        fee_fen=60_000,
        photo_id="photo",
        personal=keyring.seal_text(person_id, json.dumps(personal, ensure_ascii=False), "declaration"),
    )
    return replace(event, meta=_meta(event))


def _meta(event: DeclarationSubmitted) -> Meta:
    return Meta(
        id=secrets.token_hex(16),
        source="enrollment",
        type=event.TYPE,
        subject=event.enrollment_id,
        sequence=1,
        time=NOW,
    )

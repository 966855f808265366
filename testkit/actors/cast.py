"""The people and accounts of the demo; `make run` prints the same accounts."""

import json
from dataclasses import dataclass
from typing import Any

from testkit.actors.client import Client
from testkit.actors.learner import Learner
from testkit.actors.person import Person, Phone
from testkit.actors.staff import Staff
from testkit.servers.stack import Stack

ORGANISATION = "武汉建设工程造价管理协会"
STAFF = {
    "organisation": ("staff.organisation", ["--organisation", ORGANISATION]),  # 培训机构
    "province": ("staff.province", []),  # 省住建厅
    "auditor": ("staff.auditor", []),  # 审计
}
LEARNER = Person(
    name="张学时",
    id_number="420106199001011231",
    phone="13800000001",
    email="zhang.xueshi@example.com",
    licence_number="建[造]21420000001",
    password="Xueshi-demo-2026",  # noqa: S106 - a made-up person's, typed by the demo
)


@dataclass(frozen=True)
class StaffAccount:
    """What a member of staff logs in with."""

    role: str
    username: str
    password: str
    totp_secret: str


def staff_accounts(stack: Stack) -> list[StaffAccount]:
    """All staff accounts; those that do not exist yet are opened, with secrets of this system."""
    return [_open(stack, role, username, more) for role, (username, more) in STAFF.items()]


def staff(stack: Stack, account: StaffAccount) -> Staff:
    """A member of staff with a browser."""
    return Staff(Client(stack.url), account.username, account.password, account.totp_secret)


def learner(stack: Stack, person: Person = LEARNER) -> Learner:
    """A learner with a browser and a phone."""
    sms, wechat = (f"http://127.0.0.1:{stack.site.ports[name]}" for name in ("sms", "wechatpay"))
    phone = Phone(person.phone, sms, wechat)
    return Learner(Client(stack.url), person, phone)


def _open(stack: Stack, role: str, username: str, more: list[str]) -> StaffAccount:
    password = stack.credentials.secret(f"{username}.password")
    arguments = ["add", "--if-missing", "--username", username, "--role", role, *more]
    printed = stack.run("identity", "services.identity.staff", *arguments, stdin=password + "\n")
    opened: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return StaffAccount(role, username, password, opened["totp_secret"])

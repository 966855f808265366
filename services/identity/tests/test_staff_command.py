"""The operator's command, run as an operator runs it."""

import json
import os
import secrets
import subprocess
import sys
from dataclasses import replace

import pytest

from services.identity.application.staff_accounts import (
    find_or_open_staff_account,
    open_staff_account,
)
from services.identity.storage import Accounts
from services.identity.tests.builders import PASSWORD, a_staff_member
from shared.events.terms import Role


def run(world, *arguments: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.identity.staff", "add", *arguments],
        env=os.environ | world.environ,
        input=f"{password}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def username() -> str:
    return f"staff-{secrets.token_hex(4)}"


def test_an_account_is_made_once_and_shown_again(world, username):
    arguments = ("--username", username, "--role", "auditor", "--if-missing")
    first, second = (json.loads(run(world, *arguments).stdout) for _ in range(2))
    assert (first.pop("created"), second.pop("created")) == (True, False)
    assert first == second
    assert first["totp_secret"] in first["otpauth_uri"]
    row = Accounts().rows.find_one({"_id": first["account_id"]})
    assert first["totp_secret"] not in str(row)
    assert [entry["type"] for entry in row["outbox"]] == ["identity.staff_account.opened.v1"]


def test_a_weak_password_is_refused_with_the_reason(world, username):
    weak = run(world, "--username", username, "--role", "auditor", password="1234567890")
    assert (weak.returncode, weak.stdout) == (1, "")
    assert "密码太弱" in weak.stderr
    assert not Accounts().find(username=username)


def test_a_taken_username_is_refused(world, username):
    member = a_staff_member(role=Role.OPERATOR, username=username)
    open_staff_account(world.runtime.accounts, world.runtime.keyring, member, PASSWORD)
    taken = run(world, "--username", username, "--role", "operator")
    assert (taken.returncode, taken.stdout) == (1, "")
    assert "用户名已被使用" in taken.stderr


def test_an_account_that_another_operator_opens_meanwhile_is_shown_as_it_is(world, username):
    accounts, keyring = world.runtime.accounts, world.runtime.keyring
    member, opened = a_staff_member(role=Role.AUDITOR, username=username), []

    def password():
        opened.append(open_staff_account(accounts, keyring, member, PASSWORD))
        return PASSWORD

    account = find_or_open_staff_account(accounts, keyring, member, password)
    assert account == replace(opened[0], created=False)

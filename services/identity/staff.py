"""Staff accounts (员工账户), opened by an operator: the edge beside api and service that is a command.

    python -m services.identity.staff add --username U --role R [--organisation O] [--if-missing]

The password comes from XUESHI_STAFF_PASSWORD, from standard input, or is asked for. Prints one JSON line:
account_id, created, totp_secret, otpauth_uri. Exits with 1 and the reason on standard error when refused.
"""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict

from services.identity.application.staff_accounts import (
    StaffAccount,
    find_or_open_staff_account,
    open_staff_account,
)
from services.identity.domain import StaffMember
from services.identity.runtime import IdentityRuntime
from shared.domain.errors import DomainError
from shared.events.terms import Role
from shared.settings import SettingsError

PASSWORD = "XUESHI_STAFF_PASSWORD"  # noqa: S105 - the variable's name
STAFF_ROLES = [role.value for role in Role if role is not Role.LEARNER]


def _add(runtime: IdentityRuntime, arguments: argparse.Namespace) -> StaffAccount:
    accounts, keyring = runtime.accounts, runtime.keyring
    member = StaffMember(
        username=arguments.username, role=Role(arguments.role), organisation=arguments.organisation
    )
    if arguments.if_missing:
        return find_or_open_staff_account(accounts, keyring, member, _password)
    return open_staff_account(accounts, keyring, member, _password())


def _password() -> str:
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    return getpass.getpass("Password 密码: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.identity.staff", description="员工账户")
    add = parser.add_subparsers(required=True).add_parser("add", help="open a staff account 建立员工账户")
    add.add_argument("--username", required=True)
    add.add_argument("--role", required=True, choices=STAFF_ROLES)
    add.add_argument("--organisation", help="of organisation staff 培训机构")
    add.add_argument("--if-missing", action="store_true", help="an account of that name is fine as it is")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    arguments = _arguments(argv)
    try:
        runtime = IdentityRuntime.from_environment()
        runtime.open()
        with closing(runtime):
            print(json.dumps(asdict(_add(runtime, arguments)), ensure_ascii=False))
    except (DomainError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

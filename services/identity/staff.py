"""Staff accounts (员工账户), made by an operator.

    python -m services.identity.staff add --username U --role R [--organisation O] [--if-missing]

The password comes from XUESHI_STAFF_PASSWORD, from standard input, or is asked for. Prints one JSON line:
account_id, created, totp_secret, otpauth_uri. Exits with 1 and the reason on standard error when refused.
"""

import argparse
import getpass
import json
import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field

import pyotp

from services.identity.credentials import TOTP_SEALED_AS, Passwords, otpauth_uri
from services.identity.domain import Account, check_password
from services.identity.domain.account import UsernameTaken
from services.identity.runtime import IdentityRuntime
from services.identity.storage import Accounts
from shared.domain.errors import DomainError
from shared.events.terms import Role
from shared.security.keyring import Keyring
from shared.settings import SettingsError

PASSWORD = "XUESHI_STAFF_PASSWORD"  # noqa: S105 - the variable's name


@dataclass(frozen=True, kw_only=True)
class StaffAccount:
    """员工账户 and its second factor, to be entered into an authenticator app."""

    account_id: str
    created: bool
    totp_secret: str = field(repr=False)  # base32
    otpauth_uri: str = field(repr=False)


def create_staff(
    keyring: Keyring,
    username: str,
    password: str,
    role: Role,
    organisation: str | None = None,
    totp_secret: str | None = None,
) -> StaffAccount:
    """Open a staff account, activated. Raises StaffInvalid, PasswordWeak, UsernameTaken."""
    password_hash = Passwords().hash(check_password(password, (username,)))
    owner, secret = keyring.new_owner(), totp_secret or pyotp.random_base32()
    account = Account.of_staff(
        id=secrets.token_hex(16), owner=owner, username=username, role=role, organisation=organisation,
        password_hash=password_hash, totp_secret=keyring.seal_text(owner, secret, TOTP_SEALED_AS),
    )  # fmt: skip
    return _shown(Accounts().add(account), secret, created=True)


def existing_staff(keyring: Keyring, username: str) -> StaffAccount | None:
    """The staff account of that name as it is. Who may ask this holds the keys to everything anyway."""
    for account in Accounts().find(username=username, limit=1):
        secret = keyring.unseal_text(account.owner, account.totp_secret or "", TOTP_SEALED_AS)
        return _shown(account, secret, created=False)
    return None


def _shown(account: Account, secret: str, *, created: bool) -> StaffAccount:
    uri = otpauth_uri(secret, account.username or "")
    return StaffAccount(account_id=account.id, created=created, totp_secret=secret, otpauth_uri=uri)


def _add(keyring: Keyring, given: argparse.Namespace) -> StaffAccount:
    found = existing_staff(keyring, given.username) if given.if_missing else None
    if found:
        return found
    try:
        return create_staff(keyring, given.username, _password(), Role(given.role), given.organisation)
    except UsernameTaken:
        found = existing_staff(keyring, given.username) if given.if_missing else None
        if found is None:
            raise
        return found  # made by another operator since


def _password() -> str:
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    return getpass.getpass("Password 密码: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.identity.staff", description="员工账户")
    add = parser.add_subparsers(required=True).add_parser("add", help="open a staff account 建立员工账户")
    add.add_argument("--username", required=True)
    add.add_argument("--role", required=True, choices=[it.value for it in Role if it is not Role.LEARNER])
    add.add_argument("--organisation", help="of organisation staff 培训机构")
    add.add_argument("--if-missing", action="store_true", help="an account of that name is fine as it is")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    given = _arguments(argv)
    try:
        runtime = IdentityRuntime.from_environment()
        runtime.open()
        with closing(runtime):
            print(json.dumps(asdict(_add(runtime.keyring, given)), ensure_ascii=False))
    except (DomainError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

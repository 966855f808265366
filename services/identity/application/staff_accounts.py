"""Staff accounts (员工账户), which an operator opens (R15)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from services.identity.adapters.one_time_passwords import new_secret, otpauth_uri
from services.identity.adapters.passwords import Passwords
from services.identity.application.sealing import sealed_totp_secret, totp_secret_of
from services.identity.domain import Account, StaffMember, check_password
from services.identity.domain.account import UsernameTaken
from services.identity.storage import Accounts
from shared.security.keyring import Keyring


@dataclass(frozen=True, kw_only=True)
class StaffAccount:
    """员工账户 and its second factor, to be entered into an authenticator app."""

    account_id: str
    created: bool
    totp_secret: str = field(repr=False)  # base32
    otpauth_uri: str = field(repr=False)


def open_staff_account(
    accounts: Accounts, keyring: Keyring, member: StaffMember, password: str
) -> StaffAccount:
    """Open a staff account, activated. Raises StaffInvalid, PasswordWeak, UsernameTaken."""
    password_hash = Passwords().hash(check_password(password, (member.username,)))
    owner, secret = keyring.new_owner(), new_secret()
    account = Account.of_staff(
        member, id=secrets.token_hex(16), owner=owner, password_hash=password_hash,
        totp_secret=sealed_totp_secret(keyring, owner, secret),
    )  # fmt: skip
    return _with_second_factor(accounts.add(account), secret, created=True)


def find_or_open_staff_account(
    accounts: Accounts, keyring: Keyring, member: StaffMember, password: Callable[[], str]
) -> StaffAccount:
    """The staff account of that name as it is, or else opened with the password that is asked for then."""
    if existing := _existing(accounts, keyring, member.username):
        return existing
    try:
        return open_staff_account(accounts, keyring, member, password())
    except UsernameTaken:  # another operator was faster
        if existing := _existing(accounts, keyring, member.username):
            return existing
        raise


def _existing(accounts: Accounts, keyring: Keyring, username: str) -> StaffAccount | None:
    """With its second factor: who may ask this holds the keys to everything anyway."""
    account = accounts.with_username(username)
    if account is None:
        return None
    return _with_second_factor(account, totp_secret_of(keyring, account), created=False)


def _with_second_factor(account: Account, secret: str, *, created: bool) -> StaffAccount:
    uri = otpauth_uri(secret, account.username or "")
    return StaffAccount(account_id=account.id, created=created, totp_secret=secret, otpauth_uri=uri)

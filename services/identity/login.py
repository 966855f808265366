"""Login (登录): password, second factor for staff, sessions and their refresh tokens (R15)."""

import hashlib
import secrets
from dataclasses import dataclass, field

from services.identity.credentials import TOTP_SEALED_AS, otp_step
from services.identity.domain import (
    Account,
    LoginGuard,
    Session,
    is_staff_name,
    learner_account_id,
    normal_form,
)
from services.identity.domain.login_guard import LoginFailed, LoginLocked, OtpRequired
from services.identity.domain.session import SessionEnded
from services.identity.runtime import IdentityApiRuntime
from services.identity.storage import Accounts, LoginGuards, Sessions
from shared.domain.errors import DomainError, NotFound
from shared.events.terms import Role


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a client gets: an access token good for `expires_in` seconds, and a refresh token good once."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


class Login:
    """Opens, renews and ends sessions."""

    def __init__(self, running: IdentityApiRuntime) -> None:
        self._running = running
        self._accounts, self._guards, self._sessions = Accounts(), LoginGuards(), Sessions()

    def log_in(self, username: str, password: str, otp: str | None, user_agent: str) -> Tokens:
        """Open a session. Raises OtpRequired, LoginLocked, LoginFailed, OtpUsed."""
        name = username.strip().lower()
        if is_staff_name(name) and otp is None:
            raise OtpRequired()
        account = self._find(name)
        guard = self._begin(name, account)
        try:
            account = self._authenticate(account, password, otp or "")
        except DomainError:
            self._guards.update(guard.id, lambda it: it.fail(self._running.clock()))
            raise
        self._guards.update(guard.id, lambda it: it.succeed())
        return self._open(account, user_agent)

    def renew(self, refresh_token: str, user_agent: str) -> Tokens:
        """Exchange a refresh token. Raises SessionEnded; a token used twice ends its session."""
        session_id, following, renewed = refresh_token.partition(".")[0], secrets.token_urlsafe(32), False

        def change(it: Session) -> None:
            nonlocal renewed
            presented, client = _digest(refresh_token), self._client(user_agent)
            renewed = it.renew(presented, _digest(f"{it.id}.{following}"), client, self._running.clock())

        try:
            session = self._sessions.update_and_get(session_id, change)
        except NotFound:
            raise SessionEnded() from None
        if not renewed:
            raise SessionEnded()
        return self._tokens(self._accounts.get(session.account_id), session, following)

    def live_session(self, session_id: str | None) -> Session:
        """The session of an access token. Raises SessionEnded when it has been revoked."""
        try:
            session = self._sessions.get(session_id or "")
        except NotFound:
            raise SessionEnded() from None
        if not session.live(self._running.clock()):
            raise SessionEnded()
        return session

    def log_out(self, session_id: str | None) -> None:
        """End a session; one that has ended already stays as it is. Raises SessionEnded for none at all."""
        try:
            self._sessions.update(session_id or "", lambda it: it.revoke(self._running.clock()))
        except NotFound:
            raise SessionEnded() from None

    def _find(self, name: str) -> Account | None:
        if is_staff_name(name):
            return next(iter(self._accounts.find(username=name, limit=1)), None)
        person_id = self._running.keyring.find_person(name)
        try:
            return self._accounts.get(learner_account_id(person_id or ""))
        except NotFound:
            return None

    def _begin(self, name: str, account: Account | None) -> LoginGuard:
        of = ("account", account.id) if account else ("nobody", name)
        guard = LoginGuard(
            id=self._running.digests.of("login guard", *of), account_id=account.id if account else None
        )
        now = self._running.clock()
        guard = self._guards.upsert(guard, lambda it: it.begin(now))
        if seconds := guard.seconds_locked(now):
            raise LoginLocked(retry_after_s=seconds)
        return guard

    def _authenticate(self, account: Account | None, password: str, otp: str) -> Account:
        stored = account.password_hash if account else None
        right = self._running.passwords.verify(stored, normal_form(password))
        if account is None or not right:
            raise LoginFailed()
        return account if account.role is Role.LEARNER else self._second_factor(account, otp)

    def _second_factor(self, account: Account, otp: str) -> Account:
        secret = self._running.keyring.unseal_text(account.owner, account.totp_secret or "", TOTP_SEALED_AS)
        step = otp_step(secret, otp, self._running.clock())
        if step is None:
            raise LoginFailed()
        return self._accounts.update_and_get(account.id, lambda it: it.use_otp(step))

    def _open(self, account: Account, user_agent: str) -> Tokens:
        id, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
        session = Session.open(
            id=id, account_id=account.id, role=account.role.value, refresh_digest=_digest(f"{id}.{secret}"),
            user_agent_digest=self._client(user_agent), now=self._running.clock(),
        )  # fmt: skip
        return self._tokens(account, self._sessions.add(session), secret)

    def _tokens(self, account: Account, session: Session, secret: str) -> Tokens:
        access, expires_in = self._running.tokens.issue(account, session, self._running.clock())
        return Tokens(access_token=access, refresh_token=f"{session.id}.{secret}", expires_in=expires_in)

    def _client(self, user_agent: str) -> str:
        return self._running.digests.of("user agent", user_agent)


def _digest(refresh_token: str) -> str:
    """Unkeyed is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()

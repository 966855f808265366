"""Login (登录): a password, and a second factor for staff; guessing is throttled (R15)."""

from dataclasses import dataclass

from services.identity.adapters.digests import Digests
from services.identity.adapters.one_time_passwords import matching_step
from services.identity.adapters.passwords import Passwords
from services.identity.application.learner_accounts import account_id_of
from services.identity.application.sealing import totp_secret_of
from services.identity.application.sessions import SessionTokens, Tokens
from services.identity.domain import Account, LoginGuard, is_staff_name, normal_form
from services.identity.domain.login_guard import LoginFailed, LoginLocked, OtpRequired
from services.identity.storage import Accounts, LoginGuards
from shared.domain.clock import Clock
from shared.domain.errors import DomainError, NotFound
from shared.events.terms import Role
from shared.security.keyring import Keyring


@dataclass(frozen=True, kw_only=True)
class Login:
    """Lets in who proves to be the owner of an account."""

    accounts: Accounts
    guards: LoginGuards
    keyring: Keyring
    digests: Digests
    passwords: Passwords
    sessions: SessionTokens
    clock: Clock

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
            self.guards.update(guard.id, lambda guard: guard.fail(self.clock()))
            raise
        self.guards.update(guard.id, lambda guard: guard.succeed())
        return self.sessions.open(account, user_agent)

    def _find(self, name: str) -> Account | None:
        if is_staff_name(name):
            return self.accounts.with_username(name)
        try:
            return self.accounts.get(account_id_of(self.keyring, name))
        except NotFound:
            return None

    def _begin(self, name: str, account: Account | None) -> LoginGuard:
        subject = ("account", account.id) if account else ("nobody", name)
        id, account_id = self.digests.of("login guard", *subject), account.id if account else None
        now = self.clock()
        guard = self.guards.upsert(LoginGuard(id=id, account_id=account_id), lambda guard: guard.begin(now))
        if seconds := guard.seconds_locked(now):
            raise LoginLocked(retry_after_s=seconds)
        return guard

    def _authenticate(self, account: Account | None, password: str, otp: str) -> Account:
        stored = account.password_hash if account else None
        right = self.passwords.verify(stored, normal_form(password))
        if account is None or not right:
            raise LoginFailed()
        return account if account.role is Role.LEARNER else self._second_factor(account, otp)

    def _second_factor(self, account: Account, otp: str) -> Account:
        step = matching_step(totp_secret_of(self.keyring, account), otp, self.clock())
        if step is None:
            raise LoginFailed()
        return self.accounts.update_and_get(account.id, lambda account: account.use_otp(step))

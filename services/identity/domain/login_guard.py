"""Throttling of guesses (R15): five wrong ones lock a name for a minute, then two, four … up to an hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.identity import AccountLocked

MAX_TRIES = 5
FIRST_LOCK, MAX_LOCK = timedelta(minutes=1), timedelta(hours=1)
FORGET_AFTER = timedelta(days=1)  # without any try


class LoginFailed(DomainError):
    """登录失败: one answer for an unknown name, a wrong password or code, an account not activated."""

    code = "login.failed"
    kind = ErrorKind.UNAUTHENTICATED
    message = "The username, password or one-time password is wrong 用户名, 密码或动态口令错误."


class OtpRequired(DomainError):
    """需要动态口令: staff names need a second factor; said for any name of staff's form."""

    code = "login.otp_required"
    kind = ErrorKind.UNAUTHENTICATED
    message = "Enter the one-time password of your authenticator too 请同时输入动态口令."


class LoginLocked(DomainError):
    """登录已锁定; it unlocks by itself."""

    code = "login.locked"
    kind = ErrorKind.TOO_MANY
    message = "Too many wrong tries; try again in {retry_after_s} s 尝试次数过多, 请稍后再试."


@dataclass(kw_only=True)
class LoginGuard(Aggregate):
    """登录限制 of one name, whether an account bears it or not, so that a lock reveals nothing.

    A try is counted before the password is looked at: guesses sent at once find the counter already raised.
    """

    account_id: str | None
    tries: int = 0  # begun since the last lock or success
    locks: int = 0  # in a row
    tried_at: datetime | None = None
    locked_until: datetime | None = None
    forget_at: datetime | None = None  # names of nobody: storage drops them then

    def begin(self, now: datetime) -> None:
        """A try begins, or finds the name locked: ask `seconds_locked` afterwards."""
        if self.seconds_locked(now):
            return
        if self.tried_at and now - self.tried_at >= FORGET_AFTER:
            self.succeed()
        self.tried_at = now
        self.forget_at = None if self.account_id else now + FORGET_AFTER
        if self.tries >= MAX_TRIES:  # five are being looked at right now, or were cut off by a crash
            self._lock(now)
        else:
            self.tries += 1

    def fail(self, now: datetime) -> None:
        """登录失败: the fifth in a row locks."""
        if self.tries >= MAX_TRIES:
            self._lock(now)

    def succeed(self) -> None:
        """登录成功: all is forgiven."""
        self.tries, self.locks, self.locked_until = 0, 0, None

    def seconds_locked(self, now: datetime) -> int:
        """How long the lock still holds, rounded up; 0 when there is none."""
        if self.locked_until is None or now >= self.locked_until:
            return 0
        return -int((now - self.locked_until) / timedelta(seconds=1) // 1)

    def _lock(self, now: datetime) -> None:
        duration = min(FIRST_LOCK * 2 ** min(self.locks, 10), MAX_LOCK)
        self.tries, self.locks, self.locked_until = 0, self.locks + 1, now + duration
        if self.account_id:
            self.record(AccountLocked(account_id=self.account_id, seconds=int(duration.total_seconds())))

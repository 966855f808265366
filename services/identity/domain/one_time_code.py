"""One-time codes (验证码): six digits by text message, short-lived, few tries, few messages (R15)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.errors import DomainError, ErrorKind

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
MAX_WRONG_TRIES = 5  # then a new code is needed
SMS_INTERVAL = timedelta(minutes=1)
SMS_DAY, MAX_SMS_A_DAY = timedelta(days=1), 5


class CodeWrong(DomainError):
    """验证码错误; also the answer when there is no such account, phone or code: it reveals nothing."""

    code = "activation.code_wrong"
    message = "The code is wrong; after {tries} wrong tries ask for a new one 验证码错误."


class CodeExpired(DomainError):
    """验证码已过期; said only to who knows the code."""

    code = "activation.code_expired"
    message = "The code has expired; ask for a new one 验证码已过期, 请重新获取."


class TooManyTries(DomainError):
    """验证码已失效: it was guessed at too often; said only to who knows the code."""

    code = "activation.too_many_tries"
    kind = ErrorKind.TOO_MANY
    message = "Too many wrong codes were entered; ask for a new one 错误次数过多, 请重新获取验证码."


class AlreadyActivated(DomainError):
    """账户已激活; said only to who knows the code."""

    code = "account.activated"
    kind = ErrorKind.CONFLICT
    message = "The account is activated already; log in 账户已激活, 请直接登录."


def code_wrong() -> CodeWrong:
    """The one answer to everything that must not be told apart."""
    return CodeWrong(tries=MAX_WRONG_TRIES)


@dataclass(kw_only=True)
class OneTimeCode:
    """验证码: only its keyed digest is kept. `tries` counts wrong entries."""

    digest: str
    expires_at: datetime
    tries: int = 0

    def enter(self, digest: str, now: datetime) -> DomainError | None:
        """Compare with what was entered; a wrong entry is counted. Returns why it is refused, if it is."""
        if not hmac.compare_digest(digest, self.digest):
            self.tries = min(self.tries + 1, MAX_WRONG_TRIES)
            return code_wrong()
        if self.tries >= MAX_WRONG_TRIES:
            return TooManyTries()
        return CodeExpired() if now >= self.expires_at else None


def may_send(sent: list[datetime], now: datetime) -> bool:
    """Whether one more message may go to a phone that got messages at the times `sent`."""
    today = [time for time in sent if now - time < SMS_DAY]
    return len(today) < MAX_SMS_A_DAY and all(now - time >= SMS_INTERVAL for time in today)

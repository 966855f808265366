"""A session: bound to its client, revocable, renewed by refresh tokens that work once (R15, RFC 9700)."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.identity import SessionOpened, SessionRevoked

SESSION_LIFE, ACCESS_LIFE = timedelta(hours=12), timedelta(minutes=10)
MAX_RENEWALS = 200  # 72 suffice for 12 h of 10-minute access tokens


class SessionEnded(DomainError):
    """会话已结束: expired, revoked, not known, or the refresh token was used before."""

    code = "session.ended"
    kind = ErrorKind.UNAUTHENTICATED
    message = "The session has ended; log in again 会话已结束, 请重新登录."


@dataclass(kw_only=True)
class Session(Aggregate):
    """会话. Digests only: neither a refresh token nor a user agent can be read from here."""

    account_id: str
    refresh_digest: str
    user_agent_digest: str
    opened_at: datetime
    ends_at: datetime
    spent: list[str] = field(default_factory=list)  # digests of refresh tokens already used
    revoked_at: datetime | None = None

    @classmethod
    def open(
        cls,
        *,
        id: str,
        account_id: str,
        role: str,
        refresh_digest: str,
        user_agent_digest: str,
        now: datetime,
    ) -> "Session":
        """登录: a session begins and lasts 12 hours at most."""
        session = cls(
            id=id, account_id=account_id, refresh_digest=refresh_digest, user_agent_digest=user_agent_digest,
            opened_at=now, ends_at=now + SESSION_LIFE,
        )  # fmt: skip
        session.record(SessionOpened(account_id=account_id, session_id=id, role=role))
        return session

    def live(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.revoked_at is None and now < self.ends_at

    def access_until(self, now: datetime) -> datetime:
        """Until when an access token of now is good: never longer than its session."""
        return min(now + ACCESS_LIFE, self.ends_at)

    def renew(self, presented: str, following: str, user_agent: str, now: datetime) -> bool:
        """续期: exchange the refresh token for the following one; all three are digests.

        A token used before, or one that comes from another client, is taken for stolen and ends the session
        (RFC 9700, 4.14.2). One that never was ours changes nothing: session ids are no secret.
        """
        if not self.live(now) or not self._ours(presented):
            return False
        if self._stolen(presented, user_agent) or len(self.spent) >= MAX_RENEWALS:
            self.revoke(now)
            return False
        self.spent.append(presented)
        self.refresh_digest = following
        return True

    def revoke(self, now: datetime) -> None:
        """退出: ends it for good."""
        if self.revoked_at is None:
            self.revoked_at = now
            self.record(SessionRevoked(account_id=self.account_id, session_id=self.id))

    def _ours(self, presented: str) -> bool:
        return any(hmac.compare_digest(presented, digest) for digest in (self.refresh_digest, *self.spent))

    def _stolen(self, presented: str, user_agent: str) -> bool:
        return presented in self.spent or not hmac.compare_digest(user_agent, self.user_agent_digest)

"""Sessions (会话): opened by a login, renewed by refresh tokens that work once, ended at any time (R15)."""

import hashlib
import secrets
from dataclasses import dataclass, field

from services.identity.adapters.access_tokens import TokenIssuer
from services.identity.adapters.digests import Digests
from services.identity.domain import Account, Session
from services.identity.domain.session import SessionEnded
from services.identity.storage import Accounts, Sessions
from shared.domain.clock import Clock
from shared.domain.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a client gets: an access token good for `expires_in` seconds, and a refresh token good once."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, kw_only=True)
class SessionTokens:
    """Opens, renews and ends sessions; a client holds one by its tokens.

    A refresh token is `<session id>.<secret>`: it finds its session, of which only a digest is stored.
    """

    accounts: Accounts
    sessions: Sessions
    issuer: TokenIssuer
    digests: Digests
    clock: Clock

    def open(self, account: Account, user_agent: str) -> Tokens:
        """A session of somebody who has proven who they are, bound to their client."""
        id, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
        session = Session.open(
            id=id, account_id=account.id, role=account.role.value, refresh_digest=_digest(f"{id}.{secret}"),
            user_agent_digest=self._client(user_agent), now=self.clock(),
        )  # fmt: skip
        return self._tokens(account, self.sessions.add(session), secret)

    def renew(self, refresh_token: str, user_agent: str) -> Tokens:
        """Exchange a refresh token. Raises SessionEnded; a token used twice ends its session."""
        session_id, secret = refresh_token.partition(".")[0], secrets.token_urlsafe(32)
        presented, following = _digest(refresh_token), _digest(f"{session_id}.{secret}")
        client = self._client(user_agent)

        def exchange(session: Session) -> Session | None:
            return session if session.renew(presented, following, client, self.clock()) else None

        try:
            session = self.sessions.update(session_id, exchange)
        except NotFound:
            raise SessionEnded() from None
        if session is None:
            raise SessionEnded()
        return self._tokens(self.accounts.get(session.account_id), session, secret)

    def current(self, session_id: str | None) -> tuple[Session, Account]:
        """The session of an access token, and whose it is. Raises SessionEnded when it has been revoked."""
        try:
            session = self.sessions.get(session_id or "")
        except NotFound:
            raise SessionEnded() from None
        if not session.live(self.clock()):
            raise SessionEnded()
        return session, self.accounts.get(session.account_id)

    def end(self, session_id: str | None) -> None:
        """退出; one that has ended already stays as it is. Raises SessionEnded for none at all."""
        try:
            self.sessions.update(session_id or "", lambda session: session.revoke(self.clock()))
        except NotFound:
            raise SessionEnded() from None

    def _tokens(self, account: Account, session: Session, secret: str) -> Tokens:
        access, expires_in = self.issuer.issue(account, session, self.clock())
        return Tokens(access_token=access, refresh_token=f"{session.id}.{secret}", expires_in=expires_in)

    def _client(self, user_agent: str) -> str:
        return self.digests.of("user agent", user_agent)


def _digest(refresh_token: str) -> str:
    """Unkeyed is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()

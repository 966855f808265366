"""Accounts, login guards and sessions in MongoDB."""

from services.identity.domain import Account, LoginGuard, Session
from services.identity.domain.account import UsernameTaken
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

SERVICE = "identity"
SESSION_KEPT_SECONDS = 90 * 86_400  # after its end; the event log keeps its story


class Accounts(Repository[Account]):
    """账户."""

    aggregate = Account
    document = document_of(
        Account,
        "accounts",
        service=SERVICE,
        indexes=[
            {
                "fields": ["username"],
                "unique": True,
                "name": "one_username",
                "partialFilterExpression": {"username": {"$type": "string"}},
            }
        ],
    )
    conflicts = {"one_username": UsernameTaken}

    def with_username(self, username: str) -> Account | None:
        """The staff account of that name."""
        return self.first(username=username)


class LoginGuards(Repository[LoginGuard]):
    """登录限制; the database drops those of names that nobody bears a day after the last try."""

    aggregate = LoginGuard
    document = document_of(
        LoginGuard,
        "login_guards",
        service=SERVICE,
        indexes=[{"fields": ["forget_at"], "name": "forget", "expireAfterSeconds": 0}],
    )


class Sessions(Repository[Session]):
    """会话."""

    aggregate = Session
    document = document_of(
        Session,
        "sessions",
        service=SERVICE,
        indexes=[
            {"fields": ["account_id", "-opened_at"]},
            {"fields": ["ends_at"], "name": "ended", "expireAfterSeconds": SESSION_KEPT_SECONDS},
        ],
    )

"""Accounts, login guards and sessions in MongoDB."""

import mongoengine as me

from services.identity.domain import Account, LoginGuard, Session
from services.identity.domain.account import UsernameTaken
from shared.persistence.documents import AggregateDocument
from shared.persistence.repository import Repository

ALIAS = "identity"
SESSION_KEPT_SECONDS = 90 * 86_400  # after its end; the event log keeps its story


class AccountDocument(AggregateDocument):
    """账户."""

    meta = {
        "db_alias": ALIAS,
        "collection": "accounts",
        "auto_create_index": False,
        "indexes": [
            {
                "fields": ["username"],
                "unique": True,
                "name": "one_username",
                "partialFilterExpression": {"username": {"$type": "string"}},
            }
        ],
    }
    role = me.StringField(required=True)
    owner = me.StringField(required=True)
    status = me.StringField(required=True)
    person_id = me.StringField()
    organisation = me.StringField()
    username = me.StringField()
    phone = me.StringField()
    password_hash = me.StringField()
    totp_secret = me.StringField()
    last_otp_step = me.IntField()
    code = me.DictField()
    codes_sent = me.ListField(me.DateTimeField())


class LoginGuardDocument(AggregateDocument):
    """登录限制; those of names that nobody bears are dropped a day after the last try."""

    meta = {
        "db_alias": ALIAS,
        "collection": "login_guards",
        "auto_create_index": False,
        "indexes": [{"fields": ["forget_at"], "name": "forget", "expireAfterSeconds": 0}],
    }
    account_id = me.StringField()
    tries = me.IntField()
    locks = me.IntField()
    tried_at = me.DateTimeField()
    locked_until = me.DateTimeField()
    forget_at = me.DateTimeField()


class SessionDocument(AggregateDocument):
    """会话."""

    meta = {
        "db_alias": ALIAS,
        "collection": "sessions",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["account_id", "-opened_at"]},
            {"fields": ["ends_at"], "name": "ended", "expireAfterSeconds": SESSION_KEPT_SECONDS},
        ],
    }
    account_id = me.StringField(required=True)
    refresh_digest = me.StringField(required=True)
    user_agent_digest = me.StringField(required=True)
    opened_at = me.DateTimeField(required=True)
    ends_at = me.DateTimeField(required=True)
    spent = me.ListField(me.StringField())
    revoked_at = me.DateTimeField()


class Accounts(Repository[Account]):
    """账户."""

    aggregate = Account
    document = AccountDocument
    conflicts = {"one_username": UsernameTaken}


class LoginGuards(Repository[LoginGuard]):
    """登录限制."""

    aggregate = LoginGuard
    document = LoginGuardDocument


class Sessions(Repository[Session]):
    """会话."""

    aggregate = Session
    document = SessionDocument

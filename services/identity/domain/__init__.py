"""Rules of accounts (R15): who has one, activation, throttled guessing, the life of a session."""

from services.identity.domain.account import Account, Status, learner_account_id
from services.identity.domain.activation import OneTimeCode
from services.identity.domain.login_guard import LoginGuard
from services.identity.domain.password import check_password, normal_form
from services.identity.domain.roles import is_staff_name
from services.identity.domain.session import Session

__all__ = [
    "Account",
    "LoginGuard",
    "OneTimeCode",
    "Session",
    "Status",
    "check_password",
    "is_staff_name",
    "learner_account_id",
    "normal_form",
]

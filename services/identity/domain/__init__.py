"""Rules of accounts (R15): who has one, activation, throttled guessing, the life of a session."""

from services.identity.domain.account import Account, Status, learner_account_id
from services.identity.domain.login_guard import LoginGuard
from services.identity.domain.one_time_code import OneTimeCode
from services.identity.domain.password import check_password, normal_form
from services.identity.domain.session import Session
from services.identity.domain.staff import StaffMember, is_staff_name

__all__ = [
    "Account",
    "LoginGuard",
    "OneTimeCode",
    "Session",
    "StaffMember",
    "Status",
    "check_password",
    "is_staff_name",
    "learner_account_id",
    "normal_form",
]

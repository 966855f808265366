"""What identity (账户) publishes."""

from shared.events.base import Event, event


@event("identity.account.opened.v1")
class AccountOpened(Event):
    """账户建立: a declaration gave the person an account, not yet activated (R15)."""

    account_id: str
    person_id: str


@event("identity.account.activated.v1")
class AccountActivated(Event):
    """账户激活: the one-time code sent to the declared phone was entered and a password set (R15)."""

    account_id: str
    person_id: str


@event("identity.session.opened.v1")
class SessionOpened(Event):
    """登录: a session began (R15)."""

    account_id: str
    session_id: str
    role: str


@event("identity.session.revoked.v1")
class SessionRevoked(Event):
    """退出: a session ended, by its owner or by staff (R15)."""

    account_id: str
    session_id: str


@event("identity.account.locked.v1")
class AccountLocked(Event):
    """账户锁定: too many wrong guesses; unlocked by itself later (R15)."""

    account_id: str
    seconds: int


@event("identity.staff_account.opened.v1")
class StaffAccountOpened(Event):
    """员工账户建立: an operator gave a staff member an account (R15)."""

    account_id: str
    role: str
    organisation: str | None  # of organisation staff

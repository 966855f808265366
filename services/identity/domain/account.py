"""An account: a learner's, made by a declaration and activated once, or a staff member's (R15)."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.identity.domain.one_time_code import (
    CODE_LIFE,
    SMS_DAY,
    AlreadyActivated,
    OneTimeCode,
    code_wrong,
    may_send,
)
from services.identity.domain.staff import StaffMember, check_staff
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.identity import AccountActivated, AccountOpened, StaffAccountOpened
from shared.events.terms import Role


class Status(StrEnum):
    """账户状态."""

    OPENED = "opened"  # 待激活
    ACTIVATED = "activated"  # 已激活


class OtpUsed(DomainError):
    """动态口令已使用: a time step's code counts once (RFC 6238, 5.2)."""

    code = "login.otp_used"
    kind = ErrorKind.UNAUTHENTICATED
    message = "This one-time password was used already; wait for the next 动态口令已使用, 请等待下一个."


class UsernameTaken(DomainError):
    """用户名已被使用."""

    code = "username.taken"
    kind = ErrorKind.CONFLICT
    message = "The username is in use 用户名已被使用."


def learner_account_id(person_id: str) -> str:
    """The account id that belongs to a person: every declaration of theirs leads to the same account."""
    return hashlib.sha256(f"identity.account|{person_id}".encode()).hexdigest()[:32]


@dataclass(kw_only=True)
class Account(Aggregate):
    """账户. `owner` is the id under which the keyring holds the key of what is sealed here."""

    role: Role
    owner: str
    status: Status = Status.OPENED
    person_id: str | None = None  # learners
    organisation: str | None = None  # organisation staff: 培训机构
    username: str | None = None  # staff; learners come with their ID number
    phone: str | None = None  # learners: the declared one, sealed, context "account"
    password_hash: str | None = None
    totp_secret: str | None = None  # staff: sealed, context "totp"
    last_otp_step: int = 0  # staff: 30-second step of the last one-time password
    code: OneTimeCode | None = None
    codes_sent: list[datetime] = field(default_factory=list)  # in the last 24 h

    @classmethod
    def of_learner(cls, person_id: str) -> "Account":
        """建立账户: a person declared for the first time."""
        account = cls(
            id=learner_account_id(person_id), role=Role.LEARNER, owner=person_id, person_id=person_id
        )
        account.record(AccountOpened(account_id=account.id, person_id=person_id))
        return account

    @classmethod
    def of_staff(
        cls, member: StaffMember, *, id: str, owner: str, password_hash: str, totp_secret: str
    ) -> "Account":
        """建立员工账户, activated at once. Raises StaffInvalid."""
        check_staff(member)
        account = cls(
            id=id, role=member.role, owner=owner, status=Status.ACTIVATED, organisation=member.organisation,
            username=member.username, password_hash=password_hash, totp_secret=totp_secret,
        )  # fmt: skip
        account.record(
            StaffAccountOpened(account_id=id, role=member.role.value, organisation=member.organisation)
        )
        return account

    @property
    def activated(self) -> bool:
        """Whether its owner can log in."""
        return self.status is Status.ACTIVATED

    def declare_phone(self, sealed: str) -> None:
        """申报手机号: the newest declared phone serves until the account is activated, then it stays."""
        if not self.activated:
            self.phone = sealed

    def issue_code(self, digest: str, *, phone: str, declared: str, now: datetime) -> bool:
        """发送验证码: replace the code, if it may go to `phone`: the declared one, not written to too often.

        Activated accounts get one too: who asks learns nothing, who reads the message learns the truth (409).
        """
        if not _same(phone, declared) or not may_send(self.codes_sent, now):
            return False
        self.code = OneTimeCode(digest=digest, expires_at=now + CODE_LIFE)
        self.codes_sent = [*(time for time in self.codes_sent if now - time < SMS_DAY), now]
        return True

    def activate(
        self, digest: str, *, phone: str, declared: str, password_hash: str, now: datetime
    ) -> DomainError | None:
        """激活: the code sent to the declared phone sets the first password.

        Returns the refusal instead of raising it, because a wrong try has to be written.
        """
        if self.code is None or not _same(phone, declared):
            return code_wrong()
        if refusal := self.code.enter(digest, now):
            return refusal
        if self.activated:
            return AlreadyActivated()
        self.status, self.password_hash = Status.ACTIVATED, password_hash
        self.record(AccountActivated(account_id=self.id, person_id=self.owner))
        return None

    def use_otp(self, step: int) -> None:
        """动态口令: the code of time step `step` (Unix time / 30 s) was entered. Raises OtpUsed."""
        if step <= self.last_otp_step:
            raise OtpUsed()
        self.last_otp_step = step


def _same(phone: str, declared: str) -> bool:
    return hmac.compare_digest(phone.encode(), declared.encode())

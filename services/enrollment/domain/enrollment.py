"""A learner's way through one training plan, from declaration to certificate (R5–R9)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.enrollment.domain.window import study_window_closes
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.base import Event
from shared.events.enrollment import (
    DeclarationApproved,
    DeclarationRejected,
    DeclarationSubmitted,
    DeclarationWithdrawn,
    EnrollmentAdvanced,
    LearningOpened,
)
from shared.events.terms import LicenceCategory, StudyPolicy


class Status(StrEnum):
    """办理状态."""

    SUBMITTED = "submitted"  # 待审核
    REJECTED = "rejected"  # 审核不通过
    APPROVED = "approved"  # 待缴费
    ACTIVE = "active"  # 学习中
    COMPLETED = "completed"  # 学时学满
    ORGANISATION_REVIEW = "organisation_review"  # 机构审核
    REPORTABLE = "reportable"  # 可上报
    PROVINCE_REVIEW = "province_review"  # 省级审核
    CERTIFIED = "certified"  # 已发证
    WITHDRAWN = "withdrawn"  # 本人办结
    EXPIRED = "expired"  # 已过期
    BARRED = "barred"  # 已列入黑名单


S = Status
TERMINAL = {S.WITHDRAWN, S.EXPIRED, S.BARRED, S.CERTIFIED}
BEFORE_DECISION = {S.SUBMITTED, S.REJECTED}
UNDER_WAY = {S.ACTIVE, S.COMPLETED, S.ORGANISATION_REVIEW, S.REPORTABLE, S.PROVINCE_REVIEW}


class Impossible(DomainError):
    """此状态不可操作: the transition does not exist from this state; nothing has changed."""

    code = "enrollment.impossible"
    kind = ErrorKind.CONFLICT
    message = "This cannot be done while the enrolment is {status} 当前状态不可操作."


class SecondDeclaration(DomainError):
    """一次一个专业: the person has an open declaration of this licence category (R6)."""

    code = "declaration.second"
    kind = ErrorKind.CONFLICT
    message = "Finish or withdraw the open declaration of this licence category first 已有办理中的申报."


class FeeTooLow(DomainError):
    """缴费不足 (R11)."""

    code = "fee.too_low"
    kind = ErrorKind.CONFLICT
    message = "The fee is {expected} fen, received {received} 缴费金额不足."


@dataclass(frozen=True, kw_only=True)
class Step:
    """事项记录: one line of what the learner sees in the matters query (R5)."""

    at: datetime
    status: Status
    reason: str | None = None


@dataclass(kw_only=True)
class Enrollment(Aggregate):
    """报名: one learner's way through one training plan."""

    plan_id: str
    person_id: str
    organisation: str
    batch: str
    category: LicenceCategory
    specialty: str
    course_id: str
    fee_fen: int
    class_opens_at: datetime
    policy: StudyPolicy
    photo_id: str
    personal: str  # PersonalData, sealed with the person's key, context "declaration"
    status: Status = Status.SUBMITTED
    paid: bool = False
    open_category: str | None = None  # unique with the person while the declaration is open (R6)
    followed: int = 0  # sequence of the last event of the hours file that was followed
    history: list[Step] = field(default_factory=list)

    def submit(self, now: datetime) -> None:
        """提交申报 (R2)."""
        self.open_category = self.category.value
        self._move(Status.SUBMITTED, now, self._submitted())

    def correct(self, photo_id: str, personal: str, now: datetime) -> None:
        """更正申报: possible until it is approved (R5). Raises Impossible."""
        self._only_in(BEFORE_DECISION)
        self.photo_id, self.personal = photo_id, personal
        self._move(Status.SUBMITTED, now, self._submitted())

    def approve(self, reviewer_id: str, now: datetime) -> None:
        """审核通过: fixes the declaration (R5); with the fee paid, learning opens (R8). Raises Impossible."""
        self._only_in({Status.SUBMITTED})
        fact = DeclarationApproved(enrollment_id=self.id, person_id=self.person_id, reviewer_id=reviewer_id)
        self._move(Status.APPROVED, now, fact)
        self.open_when_ready(now)

    def reject(self, reviewer_id: str, reason: str, now: datetime) -> None:
        """审核不通过, with a reason; the learner can correct it (R5). Raises Impossible."""
        self._only_in({Status.SUBMITTED})
        fact = DeclarationRejected(
            enrollment_id=self.id, person_id=self.person_id, reviewer_id=reviewer_id, reason=reason
        )
        self._move(Status.REJECTED, now, fact, reason)

    def withdraw(self, reason: str, now: datetime) -> None:
        """本人强制办结: terminal; a paid fee is due back (R5). Raises Impossible."""
        self._only_in(set(Status) - TERMINAL)
        fact = DeclarationWithdrawn(
            enrollment_id=self.id, person_id=self.person_id, reason=reason, paid=self.paid
        )
        self._move(Status.WITHDRAWN, now, fact, reason)

    def confirm_payment(self, amount_fen: int, now: datetime) -> None:
        """缴费 → the fee is in; with an approved declaration, learning opens (R8). Raises FeeTooLow."""
        if self.paid:
            return
        if amount_fen < self.fee_fen:
            raise FeeTooLow(expected=self.fee_fen, received=amount_fen)
        self.paid = True
        self.open_when_ready(now)

    def open_when_ready(self, now: datetime) -> None:
        """开通学习, once approved and paid and the class has started (R8); else nothing happens."""
        if self.status is Status.APPROVED and self.paid and self.class_opens_at <= now:
            self._move(Status.ACTIVE, now, self._opened())

    def complete(self, now: datetime) -> None:
        """学时学满; late, when the hours file has moved on already, it changes nothing."""
        if self.status is Status.ACTIVE:
            self._advance(Status.COMPLETED, now)

    def follow(self, to: Status, sequence: int, now: datetime) -> None:
        """Follow the hours file (学时档案) to where its `sequence`-th event put it (R28–R30).

        Events can come late or again: those before the last one followed change nothing.
        """
        if self.status in UNDER_WAY and sequence > self.followed:
            self.followed = sequence
            self._advance(to, now)

    def _advance(self, to: Status, now: datetime) -> None:
        fact = EnrollmentAdvanced(
            enrollment_id=self.id, person_id=self.person_id, from_status=self.status, to_status=to
        )
        self._move(to, now, fact)

    def _only_in(self, allowed: set[Status]) -> None:
        if self.status not in allowed:
            raise Impossible(status=self.status.value)

    def _move(self, to: Status, now: datetime, fact: Event, reason: str | None = None) -> None:
        self.status = to
        self.history.append(Step(at=now, status=to, reason=reason))
        if to in TERMINAL:
            self.open_category = None
        self.record(fact)

    def _submitted(self) -> DeclarationSubmitted:
        return DeclarationSubmitted(
            enrollment_id=self.id,
            plan_id=self.plan_id,
            person_id=self.person_id,
            organisation=self.organisation,
            batch=self.batch,
            category=self.category,
            specialty=self.specialty,
            fee_fen=self.fee_fen,
            photo_id=self.photo_id,
            personal=self.personal,
        )

    def _opened(self) -> LearningOpened:
        return LearningOpened(
            enrollment_id=self.id,
            person_id=self.person_id,
            plan_id=self.plan_id,
            course_id=self.course_id,
            specialty=self.specialty,
            opened_at=self.class_opens_at,
            closes_at=study_window_closes(self.class_opens_at, self.policy.study_months),
            policy=self.policy,
        )

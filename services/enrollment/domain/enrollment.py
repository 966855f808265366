"""A learner's way through one training plan, from declaration to certificate (R5–R9)."""

from dataclasses import dataclass
from datetime import datetime

from services.enrollment.domain import event_factory
from services.enrollment.domain.errors import FeeTooLow
from services.enrollment.domain.plan import Plan
from services.enrollment.domain.status import BEFORE_DECISION, TERMINAL, Status
from services.enrollment.domain.suspension import Suspension
from services.enrollment.domain.window import months_later


@dataclass(kw_only=True)
class Enrollment(Suspension):
    """报名: one learner's way through one training plan."""

    plan_id: str
    organisation: str
    batch: str
    specialty: str
    course_id: str
    fee_fen: int
    photo_id: str
    personal: str  # PersonalData, sealed with the person's key, context "declaration"
    paid: bool = False

    @classmethod
    def declare(
        cls, id: str, plan: Plan, *, person_id: str, photo_id: str, personal: str, now: datetime
    ) -> "Enrollment":
        """个人申报 for a training plan, whose terms it keeps (R2)."""
        enrollment = cls(
            id=id,
            plan_id=plan.id,
            person_id=person_id,
            organisation=plan.organisation,
            batch=plan.batch,
            category=plan.category,
            specialty=plan.specialty,
            course_id=plan.course_id,
            fee_fen=plan.fee_fen,
            class_opens_at=plan.class_opens_at,
            policy=plan.policy,
            photo_id=photo_id,
            personal=personal,
        )
        enrollment.submit(now)
        return enrollment

    def submit(self, now: datetime) -> None:
        """提交申报 (R2)."""
        self.open_category = self.category.value
        self._move(Status.SUBMITTED, now, event_factory.submitted(self))

    def correct(self, photo_id: str, personal: str, now: datetime) -> None:
        """更正申报: possible until it is approved (R5). Raises Impossible."""
        self._require(BEFORE_DECISION)
        self.photo_id, self.personal = photo_id, personal
        self.open_category = self.category.value
        self._move(Status.SUBMITTED, now, event_factory.submitted(self))

    def approve(self, reviewer_id: str, now: datetime) -> None:
        """审核通过: fixes the declaration (R5); with the fee paid, learning opens (R8). Raises Impossible."""
        self._require({Status.SUBMITTED})
        self._move(Status.APPROVED, now, event_factory.approved(self, reviewer_id))
        self.open_when_ready(now)

    def reject(self, reviewer_id: str, reason: str, now: datetime) -> None:
        """审核不通过, with a reason; it is corrected (R5), or another declared (R6). Raises Impossible."""
        self._require({Status.SUBMITTED})
        self._move(Status.REJECTED, now, event_factory.rejected(self, reviewer_id, reason), reason)
        self.open_category = None

    def withdraw(self, reason: str, now: datetime) -> None:
        """本人强制办结: terminal; a paid fee is due back (R5). Raises Impossible."""
        self._require(set(Status) - TERMINAL)
        self._move(Status.WITHDRAWN, now, event_factory.withdrawn(self, reason), reason)

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
            closes_at = months_later(self.class_opens_at, self.policy.study_months)
            self.active_since, self.closes_at = now, closes_at
            self._move(Status.ACTIVE, now, event_factory.learning_opened(self, closes_at))

"""A learner's way through one training plan, from declaration to certificate (R5–R9)."""

from dataclasses import dataclass, field
from datetime import datetime

from services.enrollment.domain import event_factory
from services.enrollment.domain.errors import FeeTooLow, Impossible
from services.enrollment.domain.plan import Plan
from services.enrollment.domain.status import BEFORE_DECISION, TERMINAL, UNDER_WAY, Status
from services.enrollment.domain.window import study_window_closes
from shared.domain.aggregate import Aggregate
from shared.events.base import Event
from shared.events.terms import LicenceCategory, StudyPolicy


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
    personal: str  # PersonalData, sealed with the person's key, context SEALED_AS
    status: Status = Status.SUBMITTED
    paid: bool = False
    open_category: str | None = None  # unique with the person while the declaration is open (R6)
    followed: int = 0  # sequence of the last event of the hours record that was followed
    history: list[Step] = field(default_factory=list)

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
        self._move(Status.SUBMITTED, now, event_factory.submitted(self))

    def approve(self, reviewer_id: str, now: datetime) -> None:
        """审核通过: fixes the declaration (R5); with the fee paid, learning opens (R8). Raises Impossible."""
        self._require({Status.SUBMITTED})
        self._move(Status.APPROVED, now, event_factory.approved(self, reviewer_id))
        self.open_when_ready(now)

    def reject(self, reviewer_id: str, reason: str, now: datetime) -> None:
        """审核不通过, with a reason; the learner can correct it (R5). Raises Impossible."""
        self._require({Status.SUBMITTED})
        self._move(Status.REJECTED, now, event_factory.rejected(self, reviewer_id, reason), reason)

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
            closes_at = study_window_closes(self.class_opens_at, self.policy.study_months)
            self._move(Status.ACTIVE, now, event_factory.learning_opened(self, closes_at))

    def complete(self, now: datetime) -> None:
        """学时学满; late, when the hours record has moved on already, it changes nothing."""
        if self.status is Status.ACTIVE:
            self._advance(Status.COMPLETED, now)

    def follow(self, to: Status, sequence: int, now: datetime) -> None:
        """Follow the hours record (学时档案) to where its `sequence`-th event put it (R28–R30).

        Events can come late or again: those before the last one followed change nothing.
        """
        if self.status in UNDER_WAY and sequence > self.followed:
            self.followed = sequence
            self._advance(to, now)

    def _advance(self, to: Status, now: datetime) -> None:
        self._move(to, now, event_factory.advanced(self, to))

    def _require(self, allowed: set[Status]) -> None:
        if self.status not in allowed:
            raise Impossible(status=self.status.value)

    def _move(self, to: Status, now: datetime, event: Event, reason: str | None = None) -> None:
        self.status = to
        self.history.append(Step(at=now, status=to, reason=reason))
        if to in TERMINAL:
            self.open_category = None
        self.record(event)

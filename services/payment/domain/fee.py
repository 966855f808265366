"""The fee of an enrolment, which decides about every payment that arrives for it (R11, R13).

All orders of an enrolment meet here, so one conditional write settles which payment counts; orders follow
what it publishes. A crash in between leaves the event in the outbox, and the order follows later.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.payment import PaymentConfirmed, PaymentRefused
from shared.events.terms import Channel


class FeeStatus(StrEnum):
    """应缴状态."""

    DUE = "due"  # 待缴费
    PAID = "paid"  # 已缴费
    WITHDRAWN = "withdrawn"  # 本人办结, nothing is due any more


class Objection(StrEnum):
    """Why a payment that did arrive does not count (R13)."""

    WRONG_AMOUNT = "wrong_amount"  # 金额不符: a person looks
    SECOND_TRANSACTION = "second_transaction"  # two transactions for one order: a person looks
    SECOND_PAYMENT = "second_payment"  # 重复缴费: another order has paid the fee; goes back
    WITHDRAWN = "withdrawn"  # 已办结: nothing was due any more; goes back


class FeeIsPaid(DomainError):
    """已缴费."""

    code = "fee.paid"
    kind = ErrorKind.CONFLICT
    message = "The fee is paid already 已缴费, 无需重复支付."


class FeeIsWithdrawn(DomainError):
    """已办结: the enrolment has ended."""

    code = "fee.withdrawn"
    kind = ErrorKind.CONFLICT
    message = "The enrolment was withdrawn, nothing is due 报名已办结, 无需缴费."


class NothingDue(DomainError):
    """无需缴费: no channel takes an order of nothing."""

    code = "fee.nothing_due"
    kind = ErrorKind.CONFLICT
    message = "This enrolment costs nothing 无需缴费."


@dataclass(frozen=True, kw_only=True)
class Payment:
    """到账: money that a channel says has arrived for an order."""

    order_id: str
    channel: Channel
    amount_fen: int
    transaction_id: str  # the channel's own number
    paid_at: datetime


@dataclass(kw_only=True)
class Fee(Aggregate):
    """应缴: what one enrolment costs; its id is the enrolment's."""

    person_id: str
    fee_fen: int
    status: FeeStatus = FeeStatus.DUE
    paid_by: str | None = None  # the order whose payment counts
    transaction_id: str | None = None
    refused: list[str] = field(default_factory=list)  # transactions refused so far

    def check_due(self) -> None:
        """Raises FeeIsPaid, FeeIsWithdrawn or NothingDue unless there is something to pay."""
        if self.status is FeeStatus.PAID:
            raise FeeIsPaid()
        if self.status is FeeStatus.WITHDRAWN:
            raise FeeIsWithdrawn()
        if self.fee_fen <= 0:
            raise NothingDue()

    def receive(self, payment: Payment) -> None:
        """到账 → the fee is paid, once; what does not fit is refused, once; repeats change nothing (R13)."""
        if payment.transaction_id == self.transaction_id:
            return
        objection = self._objection(payment)
        if objection is None:
            self._confirm(payment)
        elif payment.transaction_id not in self.refused:
            self._refuse(payment, objection)

    def withdraw(self) -> None:
        """本人强制办结 (R5): nothing is due any more."""
        self.status = FeeStatus.WITHDRAWN

    def _objection(self, payment: Payment) -> Objection | None:
        if payment.amount_fen != self.fee_fen:
            return Objection.WRONG_AMOUNT
        if payment.order_id == self.paid_by:
            return Objection.SECOND_TRANSACTION
        if self.status is FeeStatus.PAID:
            return Objection.SECOND_PAYMENT
        return Objection.WITHDRAWN if self.status is FeeStatus.WITHDRAWN else None

    def _confirm(self, payment: Payment) -> None:
        self.status, self.paid_by = FeeStatus.PAID, payment.order_id
        self.transaction_id = payment.transaction_id
        self.record(
            PaymentConfirmed(
                order_id=payment.order_id,
                enrollment_id=self.id,
                person_id=self.person_id,
                amount_fen=payment.amount_fen,
                channel=payment.channel,
                transaction_id=payment.transaction_id,
                paid_at=payment.paid_at,
            )
        )

    def _refuse(self, payment: Payment, objection: Objection) -> None:
        self.refused.append(payment.transaction_id)
        self.record(
            PaymentRefused(
                order_id=payment.order_id,
                enrollment_id=self.id,
                amount_fen=payment.amount_fen,
                channel=payment.channel,
                transaction_id=payment.transaction_id,
                reason=objection.value,
            )
        )

"""What payment (缴费) publishes. Money is integer fen."""

from datetime import datetime

from shared.events.base import Event, event
from shared.events.terms import Channel


@event("payment.order.opened.v1")
class OrderOpened(Event):
    """订单创建: somebody is about to pay the fee of an enrolment (R11)."""

    order_id: str
    enrollment_id: str
    amount_fen: int
    channel: Channel
    expires_at: datetime


@event("payment.fee.confirmed.v1")
class PaymentConfirmed(Event):
    """缴费成功: the channel confirmed that the whole fee arrived (R13)."""

    order_id: str
    enrollment_id: str
    person_id: str
    amount_fen: int  # 实收金额
    channel: Channel
    transaction_id: str  # the channel's own number
    paid_at: datetime


@event("payment.fee.refused.v1")
class PaymentRefused(Event):
    """缴费异常: a validly signed payment that does not fit its order; a person must look (R13)."""

    order_id: str
    enrollment_id: str
    amount_fen: int
    channel: Channel
    transaction_id: str
    reason: str


@event("payment.fee.refunded.v1")
class PaymentRefunded(Event):
    """退款到账: a payment that could not count, a second one say, went back to its payer (R13)."""

    order_id: str
    enrollment_id: str
    amount_fen: int  # 实退金额
    channel: Channel
    refund_id: str  # the channel's own number
    reason: str  # of the PaymentRefused before it

"""An order at a pay channel: open until it is paid or closed; what came for nothing goes back (R13)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.payment.domain.fee import Fee, Objection
from shared.domain.aggregate import Aggregate
from shared.domain.errors import DomainError, ErrorKind
from shared.events.payment import OrderOpened, PaymentRefunded
from shared.events.terms import Channel

MAX_PATIENCE = timedelta(minutes=1)  # between two questions to a channel that keeps silent
MIN_PATIENCE = timedelta(seconds=1)
REFUNDED_WITHOUT_ASKING = {Objection.SECOND_PAYMENT.value, Objection.WITHDRAWN.value}


class OrderStatus(StrEnum):
    """订单状态."""

    OPEN = "open"  # 待支付
    PAID = "paid"  # 已支付
    CLOSED = "closed"  # 已关闭
    REFUSED = "refused"  # 异常: paid, and it does not count


class RefundStatus(StrEnum):
    """退款状态."""

    DUE = "due"  # 待退款
    PROCESSING = "processing"  # 退款中
    REFUNDED = "refunded"  # 已退款
    FAILED = "failed"  # 退款异常: a person looks


class AnotherOrderIsOpen(DomainError):
    """已有待支付订单: one open order for a fee and channel, whatever the concurrency."""

    code = "order.open"
    kind = ErrorKind.CONFLICT
    message = "An order for this fee is open already 已有待支付订单."


@dataclass(kw_only=True)
class Order(Aggregate):
    """订单: one try to pay a fee at a channel, which knows it and its refund by this id."""

    enrollment_id: str
    channel: Channel
    amount_fen: int
    opened_at: datetime
    expires_at: datetime  # whole seconds: every try names the same end to the channel
    status: OrderStatus = OrderStatus.OPEN
    code_url: str | None = None  # what the QR code shows, once the channel has given it
    query_at: datetime | None = None  # when to ask the channel unless it speaks first; None: nothing to ask
    refund: RefundStatus | None = None
    reason: str | None = None  # why it was refused
    trace: str | None = None  # W3C traceparent of the opening, which the channel does not carry back

    @classmethod
    def open(
        cls, id: str, fee: Fee, channel: Channel, now: datetime, lifetime: timedelta, silence: timedelta
    ) -> "Order":
        """下单: for the whole fee (R11). `silence`: how long the channel may say nothing (R13).

        Raises FeeIsPaid, FeeIsWithdrawn, NothingDue.
        """
        fee.check_due()
        order = cls(
            id=id,
            enrollment_id=fee.id,
            channel=channel,
            amount_fen=fee.fee_fen,
            opened_at=now,
            expires_at=(now + lifetime).replace(microsecond=0),
            query_at=now + silence,
        )
        order.record(
            OrderOpened(
                order_id=id,
                enrollment_id=fee.id,
                amount_fen=fee.fee_fen,
                channel=channel,
                expires_at=order.expires_at,
            )
        )
        return order

    def expired(self, now: datetime) -> bool:
        """Whether it can no longer be paid."""
        return now >= self.expires_at

    def show(self, code_url: str) -> None:
        """The channel has given the code to scan."""
        self.code_url = code_url

    def wait(self, now: datetime) -> None:
        """The channel is being asked; ask again later, ever less often, but when the order expires (R13)."""
        if self.query_at is None:
            return
        patience = max(MIN_PATIENCE, min(now - self.opened_at, MAX_PATIENCE))
        self.query_at = now + patience if self.expired(now) else min(now + patience, self.expires_at)

    def pay(self) -> None:
        """已支付: the fee has taken its payment, which overrules whatever was thought before."""
        self.status, self.query_at = OrderStatus.PAID, None

    def refuse(self, reason: str, now: datetime) -> None:
        """异常: the fee has not taken its payment; what came for nothing is to go back (R13)."""
        if self.status is OrderStatus.PAID or self.refund is not None:
            return
        self.status, self.reason, self.query_at = OrderStatus.REFUSED, reason, None
        if reason in REFUNDED_WITHOUT_ASKING:
            self.refund, self.query_at = RefundStatus.DUE, now

    def close(self) -> None:
        """关闭: the channel takes no payment for it any more. One that is paid or refused stays so."""
        if self.status is OrderStatus.OPEN:
            self.status, self.query_at = OrderStatus.CLOSED, None

    def follow_refund(self, refund: RefundStatus, amount_fen: int, channel_refund_id: str) -> None:
        """退款进度 as the channel reports it; a late or repeated message changes nothing (R13)."""
        if self.refund is None or self.refund is RefundStatus.REFUNDED:
            return
        self.refund = refund if amount_fen == self.amount_fen else RefundStatus.FAILED
        if self.refund is RefundStatus.REFUNDED:
            self.record(self._refunded(channel_refund_id))
        if self.refund in (RefundStatus.REFUNDED, RefundStatus.FAILED):
            self.query_at = None

    def _refunded(self, channel_refund_id: str) -> PaymentRefunded:
        return PaymentRefunded(
            order_id=self.id,
            enrollment_id=self.enrollment_id,
            amount_fen=self.amount_fen,
            channel=self.channel,
            refund_id=channel_refund_id,
            reason=self.reason or "",
        )

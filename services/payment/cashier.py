"""收银: opens orders at the channels and takes in what the channels say about them (R11, R13).

Both processes use it: the api for payers and callbacks, the events process when a channel keeps silent.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from services.payment.adapters import (
    ChannelError,
    ChannelRefund,
    ChannelTransaction,
    ChannelUnavailable,
    MalformedMessage,
    RefundState,
    TradeState,
    WeChatPay,
)
from services.payment.domain import Fee, FeeStatus, Order, OrderStatus, Payment, Refund
from services.payment.domain.order import AnotherOrderIsOpen
from services.payment.storage import Fees, Orders
from shared.domain.errors import Contention, DomainError, ErrorKind, NotFound
from shared.events.terms import Channel
from shared.observability.tracing import continue_trace, current_trace

log = structlog.get_logger()
DESCRIPTION = "继续教育培训费"
OVER = {TradeState.CLOSED, TradeState.REVOKED, TradeState.REFUND}
REFUNDS = {
    RefundState.PROCESSING: Refund.PROCESSING,
    RefundState.SUCCESS: Refund.REFUNDED,
    RefundState.CLOSED: Refund.FAILED,
    RefundState.ABNORMAL: Refund.FAILED,
}


class ChannelUnsupported(DomainError):
    """渠道未开通: no order can be placed there."""

    code = "channel.unsupported"
    kind = ErrorKind.INVALID
    message = "Orders cannot be placed at {channel} 该缴费渠道不支持下单."


class Cashier:
    """Thread-safe; one per process. `lifetime` of an order; `silence` after which a channel is asked."""

    def __init__(
        self, channels: Mapping[Channel, WeChatPay], *, lifetime: timedelta, silence: timedelta
    ) -> None:
        self._channels, self._lifetime, self._silence = channels, lifetime, silence
        self._fees, self._orders = Fees(), Orders()

    def checkout(self, enrollment_id: str, channel: Channel, now: datetime) -> tuple[Order, bool]:
        """下单: the open order for this fee and channel with its code, and whether it is a new one.

        Raises NotFound, FeeIsPaid, FeeIsWithdrawn, NothingDue, ChannelUnsupported; ChannelError when the
        channel gives no code: trying again goes on with the same order.
        """
        if channel not in self._channels:
            raise ChannelUnsupported(channel=channel.value)
        fee, known = self._fees.get(enrollment_id), self._open_order(enrollment_id, channel)
        if known and known.expired(now):
            self._settle_order(known, now)  # it may have been paid at the last moment
            fee, known = self._fees.get(enrollment_id), self._open_order(enrollment_id, channel)
        fee.check_due()
        order = known or self._open(fee, channel, now)
        return self._with_code(order), known is None

    def receive(self, channel: Channel, told: ChannelTransaction | ChannelRefund) -> None:
        """Take in what the channel says, by callback or asked. Raises NotFound for an order not of ours."""
        order = self._orders.get(told.order_id)
        if order.channel is not channel:
            raise NotFound(what="Order")
        continue_trace(order.trace)
        if isinstance(told, ChannelRefund):
            self._follow_refund(order, told)
        elif told.state is TradeState.SUCCESS:
            payment = _payment(order, told)
            self._fees.update(order.enrollment_id, lambda it: it.receive(payment))

    def settle_silent(self, now: datetime) -> None:
        """静默查询: ask for what the channels should have told by now; safe to break off and repeat."""
        for order in self._orders.find(order="query_at", query_at={"$lte": now}):
            self._orders.update(order.id, lambda it: it.wait(now))
            try:
                self._settle(order, now)
            except ChannelUnavailable as error:
                log.warning("channel.unavailable", channel=order.channel, reason=str(error))
                return
            except ChannelError as error:
                log.error("channel.failed", order_id=order.id, code=error.code, reason=str(error))

    # ---- opening ----

    def _open_order(self, enrollment_id: str, channel: Channel) -> Order | None:
        found = self._orders.find(
            limit=1, enrollment_id=enrollment_id, channel=channel.value, status=OrderStatus.OPEN.value
        )
        return found[0] if found else None

    def _open(self, fee: Fee, channel: Channel, now: datetime) -> Order:
        order = Order.open(secrets.token_hex(16), fee, channel, now, self._lifetime, self._silence)
        order.trace = current_trace()
        try:
            return self._orders.add(order)
        except AnotherOrderIsOpen as lost:  # somebody was faster: theirs is the one to pay
            first = self._open_order(fee.id, channel)
            if first is None:
                raise Contention(what="Order") from lost
            return first

    def _with_code(self, order: Order) -> Order:
        if order.code_url:
            return order
        # The order is written first: should we die here, the next try asks for the same order again.
        channel = self._channels[order.channel]
        code_url = channel.native_order(order.id, DESCRIPTION, order.amount_fen, order.expires_at)
        return self._orders.update_and_get(order.id, lambda it: it.show(code_url))

    # ---- settling ----

    def _settle(self, order: Order, now: datetime) -> None:
        if order.refund is None:
            self._settle_order(order, now)
        else:
            self._settle_refund(order)

    def _settle_order(self, order: Order, now: datetime) -> None:
        channel = self._channels[order.channel]
        told = channel.query(order.id)
        if told and told.state is TradeState.SUCCESS:
            self.receive(order.channel, told)
        elif told and told.state in OVER:
            self._orders.update(order.id, lambda it: it.close())
        elif order.expired(now) or self._fees.get(order.enrollment_id).status is not FeeStatus.DUE:
            if told:
                channel.close_order(order.id)
            self._orders.update(order.id, lambda it: it.close())

    def _settle_refund(self, order: Order) -> None:
        """Ask for the refund; asked again with the same number, the channel says how far it is."""
        channel = self._channels[order.channel]
        self._follow_refund(order, channel.refund(order.id, order.id, order.amount_fen, order.amount_fen))

    def _follow_refund(self, order: Order, told: ChannelRefund) -> None:
        if told.refund_id != order.id:
            log.warning("refund.foreign", order_id=order.id, refund_id=told.refund_id)
            return
        state = REFUNDS[told.state]
        if state is Refund.FAILED:
            log.error("refund.failed", order_id=order.id, state=told.state)
        change = (state, told.amount_fen, told.channel_refund_id)
        self._orders.update(order.id, lambda it: it.follow_refund(*change))


def _payment(order: Order, told: ChannelTransaction) -> Payment:
    if told.transaction_id is None or told.paid_at is None:
        raise MalformedMessage("a paid transaction without its number or time")
    return Payment(
        order_id=order.id,
        channel=order.channel,
        amount_fen=told.amount_fen,
        transaction_id=told.transaction_id,
        paid_at=told.paid_at,
    )

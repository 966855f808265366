"""What the channels say about orders, of their own accord or asked, and what follows from it (R13).

Both processes use it: the api for callbacks and payers, the events process when a channel keeps silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from services.payment.adapters import (
    ChannelError,
    ChannelRefund,
    ChannelTransaction,
    ChannelUnavailable,
    MalformedMessage,
    TradeState,
    UntrustedMessage,
    WeChatPay,
)
from services.payment.application import refunds
from services.payment.domain import FeeStatus, Order, Payment
from services.payment.domain.access import placed_at
from services.payment.storage import Fees, Orders
from shared.events.terms import Channel
from shared.observability.tracing import continue_trace

log = structlog.get_logger()
UNPAYABLE = {TradeState.CLOSED, TradeState.REVOKED, TradeState.REFUND}


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Brings fees and orders to where the channels are. Thread-safe; every step is safe to repeat."""

    fees: Fees
    orders: Orders
    channels: Mapping[Channel, WeChatPay]

    def receive_callback(
        self, channel: Channel, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        """支付或退款结果通知: raises UntrustedMessage, NotFound; then nothing has changed."""
        try:
            self.receive(channel, self.channels[channel].read_callback(headers, body, now))
        except UntrustedMessage as error:
            log.warning("callback.untrusted", code=error.code, reason=error.reason)
            raise

    def receive(self, channel: Channel, message: ChannelTransaction | ChannelRefund) -> None:
        """Take in what the channel says. Raises NotFound for an order that we did not place there."""
        order = self.orders.get(message.order_id, authorise=placed_at(channel))
        continue_trace(order.trace)
        if isinstance(message, ChannelRefund):
            refunds.follow(self.orders, order, message)
        elif message.state is TradeState.SUCCESS:
            payment = _payment(order, message)
            self.fees.update(order.enrollment_id, lambda fee: fee.receive(payment))

    def query_silent(self, now: datetime) -> None:
        """静默查询: ask for what the channels should have said by now; safe to break off and repeat."""
        for order in self.orders.silent(now):
            self.orders.update(order.id, lambda order: order.wait(now))
            try:
                self._query(order, now)
            except ChannelUnavailable as error:
                log.warning("channel.unavailable", channel=order.channel, reason=error.reason)
                return
            except ChannelError as error:
                log.error("channel.failed", order_id=order.id, code=error.code, reason=error.reason)

    def settle(self, order: Order, now: datetime) -> None:
        """Ask the channel for the order; close it when it can no longer be paid. Raises ChannelError."""
        channel = self.channels[order.channel]
        transaction = channel.query(order.id)
        if transaction and transaction.state is TradeState.SUCCESS:
            self.receive(order.channel, transaction)
        elif transaction and transaction.state in UNPAYABLE:
            self._close(order)
        elif order.expired(now) or not self._is_due(order):
            if transaction:
                channel.close_order(order.id)
            self._close(order)

    def _query(self, order: Order, now: datetime) -> None:
        if order.refund is None:
            self.settle(order, now)
        else:
            refunds.request(self.orders, self.channels[order.channel], order)

    def _is_due(self, order: Order) -> bool:
        return self.fees.get(order.enrollment_id).status is FeeStatus.DUE

    def _close(self, order: Order) -> None:
        self.orders.update(order.id, lambda order: order.close())


def _payment(order: Order, transaction: ChannelTransaction) -> Payment:
    if transaction.transaction_id is None or transaction.paid_at is None:
        raise MalformedMessage("a paid transaction without its number or time")
    return Payment(
        order_id=order.id,
        channel=order.channel,
        amount_fen=transaction.amount_fen,
        transaction_id=transaction.transaction_id,
        paid_at=transaction.paid_at,
    )

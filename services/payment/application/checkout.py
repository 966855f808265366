"""收银: opens an order for a fee and gets the code that its payer scans (R11)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.payment.adapters import ChannelError, ChannelUnavailable, WeChatPay
from services.payment.application.settlement import Settlement
from services.payment.domain import Fee, Order
from services.payment.domain.order import AnotherOrderIsOpen
from services.payment.storage import Fees, Orders
from shared.domain.errors import Contention, DomainError
from shared.events.terms import Channel
from shared.observability.tracing import current_trace

log = structlog.get_logger()
DESCRIPTION = "继续教育培训费"


class ChannelUnsupported(DomainError):
    """渠道未开通: no order can be placed there."""

    code = "channel.unsupported"
    message = "Orders cannot be placed at {channel} 该缴费渠道不支持下单."


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """Thread-safe; one per process. `lifetime` of an order; `silence` after which its channel is asked."""

    fees: Fees
    orders: Orders
    channels: Mapping[Channel, WeChatPay]
    settlement: Settlement
    lifetime: timedelta
    silence: timedelta

    def place_order(self, enrollment_id: str, channel: Channel, now: datetime) -> tuple[Order, bool]:
        """下单: the open order for this fee and channel with its code, and whether it is a new one.

        Raises NotFound, FeeIsPaid, FeeIsWithdrawn, NothingDue, ChannelUnsupported; ChannelUnavailable when
        the channel gives no code, whatever the reason: trying again goes on with the same order.
        """
        if channel not in self.channels:
            raise ChannelUnsupported(channel=channel.value)
        try:
            return self._place(enrollment_id, channel, now)
        except ChannelError as error:
            log.warning("channel.failed", code=error.code, reason=error.reason)
            raise ChannelUnavailable(error.reason) from error

    def _place(self, enrollment_id: str, channel: Channel, now: datetime) -> tuple[Order, bool]:
        known = self._payable_order(enrollment_id, channel, now)
        fee = self.fees.get(enrollment_id)
        fee.check_due()
        order = known or self._open(fee, channel, now)
        return self._with_code(order), known is None

    def _payable_order(self, enrollment_id: str, channel: Channel, now: datetime) -> Order | None:
        order = self.orders.open_at(channel, enrollment_id)
        if order is None or not order.expired(now):
            return order
        self.settlement.settle(order, now)  # it may have been paid at the last moment
        return self.orders.open_at(channel, enrollment_id)

    def _open(self, fee: Fee, channel: Channel, now: datetime) -> Order:
        order = Order.open(secrets.token_hex(16), fee, channel, now, self.lifetime, self.silence)
        order.trace = current_trace()
        try:
            return self.orders.add(order)
        except AnotherOrderIsOpen as error:  # somebody was faster: theirs is the one to pay
            first = self.orders.open_at(channel, fee.id)
            if first is None:
                raise Contention(what="Order") from error
            return first

    def _with_code(self, order: Order) -> Order:
        if order.code_url:
            return order
        # The order is written first: after a crash here, the next try asks for the same order again.
        channel = self.channels[order.channel]
        code_url = channel.native_order(order.id, DESCRIPTION, order.amount_fen, order.expires_at)
        return self.orders.update_and_get(order.id, lambda order: order.show(code_url))

"""退款: a payment that does not count goes back to its payer (R13).

An order has one refund at most, of its whole amount, which the channel knows by the order's own id.
"""

import structlog

from services.payment.adapters import ChannelRefund, RefundState, WeChatPay
from services.payment.domain import Order, RefundStatus
from services.payment.storage import Orders

log = structlog.get_logger()
STATUS_OF = {
    RefundState.PROCESSING: RefundStatus.PROCESSING,
    RefundState.SUCCESS: RefundStatus.REFUNDED,
    RefundState.CLOSED: RefundStatus.FAILED,
    RefundState.ABNORMAL: RefundStatus.FAILED,
}


def request(orders: Orders, channel: WeChatPay, order: Order) -> None:
    """Ask the channel for the refund; asked again with the same id, it says how far it is."""
    follow(orders, order, channel.refund(order.id, order.id, order.amount_fen, order.amount_fen))


def follow(orders: Orders, order: Order, refund: ChannelRefund) -> None:
    """Take in how far the refund is; one that we did not ask for changes nothing."""
    if refund.refund_id != order.id:
        log.warning("refund.foreign", order_id=order.id, refund_id=refund.refund_id)
        return
    status = STATUS_OF[refund.state]
    if status is RefundStatus.FAILED:
        log.error("refund.failed", order_id=order.id, state=refund.state)
    orders.update(
        order.id, lambda order: order.follow_refund(status, refund.amount_fen, refund.channel_refund_id)
    )

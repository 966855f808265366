"""An order follows what its fee decided about the payment (R13)."""

from datetime import datetime

from services.payment.storage import Orders
from shared.events.payment import PaymentConfirmed, PaymentRefused


def follow_confirmation(orders: Orders, confirmed: PaymentConfirmed) -> None:
    """The fee has taken the payment of this order."""
    orders.update(confirmed.order_id, lambda order: order.pay(), because=confirmed)


def follow_refusal(orders: Orders, refused: PaymentRefused, now: datetime) -> None:
    """The fee has not taken it; a payment that is to go back goes when the channel is asked next."""
    orders.update(refused.order_id, lambda order: order.refuse(refused.reason, now), because=refused)

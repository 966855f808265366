"""Which channel may speak about an order (R13)."""

from collections.abc import Callable

from services.payment.domain.order import Order
from shared.domain.access import only_where
from shared.events.terms import Channel


def placed_at(channel: Channel) -> Callable[[Order], None]:
    """Authorises the channel that the order was placed at. Raises NotFound for any other."""
    return only_where(Order.__name__, channel=channel)

"""Fees and orders in MongoDB."""

from datetime import datetime

from services.payment.domain import Fee, Order, OrderStatus
from services.payment.domain.order import AnotherOrderIsOpen
from shared.events.terms import Channel
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

SERVICE = "payment"
# Holds that a fee has one open order per channel, whatever the concurrency.
ONE_OPEN_ORDER = {
    "fields": ["enrollment_id", "channel"],
    "unique": True,
    "name": "one_open_order",
    "partialFilterExpression": {"status": OrderStatus.OPEN.value},
}


class Fees(Repository[Fee]):
    """应缴."""

    aggregate = Fee
    document = document_of(Fee, "fees", service=SERVICE)


class Orders(Repository[Order]):
    """订单."""

    aggregate = Order
    document = document_of(
        Order, "orders", service=SERVICE, indexes=[ONE_OPEN_ORDER, {"fields": ["query_at"]}]
    )
    conflicts = {"one_open_order": AnotherOrderIsOpen}

    def open_at(self, channel: Channel, enrollment_id: str) -> Order | None:
        """The order for this enrolment's fee that can be paid at the channel."""
        status = OrderStatus.OPEN.value
        return self.first(enrollment_id=enrollment_id, channel=channel.value, status=status)

    def silent(self, now: datetime) -> list[Order]:
        """Those whose channel should have spoken by `now`, longest silence first; at most 100 (R13)."""
        return self.find(order="query_at", limit=100, query_at={"$lte": now})

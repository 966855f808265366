"""Fees and orders in MongoDB."""

import mongoengine as me

from services.payment.domain import Fee, Order, OrderStatus
from services.payment.domain.order import AnotherOrderIsOpen
from shared.persistence.documents import AggregateDocument
from shared.persistence.repository import Repository

ALIAS = "payment"


class FeeDocument(AggregateDocument):
    """应缴."""

    meta = {"db_alias": ALIAS, "collection": "fees", "auto_create_index": False, "indexes": []}
    person_id = me.StringField(required=True)
    fee_fen = me.IntField(required=True)
    status = me.StringField(required=True)
    paid_by = me.StringField()
    transaction_id = me.StringField()
    refused = me.ListField(me.StringField())


class OrderDocument(AggregateDocument):
    """订单; `one_open_order` holds that a fee has one open order per channel whatever the concurrency."""

    meta = {
        "db_alias": ALIAS,
        "collection": "orders",
        "auto_create_index": False,
        "indexes": [
            {
                "fields": ["enrollment_id", "channel"],
                "unique": True,
                "name": "one_open_order",
                "partialFilterExpression": {"status": OrderStatus.OPEN.value},
            },
            {"fields": ["query_at"]},
        ],
    }
    enrollment_id = me.StringField(required=True)
    channel = me.StringField(required=True)
    amount_fen = me.IntField(required=True)
    opened_at = me.DateTimeField(required=True)
    expires_at = me.DateTimeField(required=True)
    status = me.StringField(required=True)
    code_url = me.StringField()
    query_at = me.DateTimeField()
    refund = me.StringField()
    reason = me.StringField()
    trace = me.StringField()


class Fees(Repository[Fee]):
    """应缴."""

    aggregate = Fee
    document = FeeDocument


class Orders(Repository[Order]):
    """订单."""

    aggregate = Order
    document = OrderDocument
    conflicts = {"one_open_order": AnotherOrderIsOpen}

"""Fees, orders and payments to test with."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from services.payment.domain import Fee, Order, Payment
from shared.events.terms import Channel

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LIFETIME, SILENCE = timedelta(hours=2), timedelta(seconds=10)


def a_fee(**changes: Any) -> Fee:
    return Fee(**{"id": "enrollment-1", "person_id": "person-1", "fee_fen": 60_000, **changes})


def an_order(fee: Fee | None = None, now: datetime = NOW, **changes: Any) -> Order:
    order = Order.open(secrets.token_hex(16), fee or a_fee(), Channel.WECHAT, now, LIFETIME, SILENCE)
    for name, value in changes.items():
        setattr(order, name, value)
    return order


def a_payment(**changes: Any) -> Payment:
    return Payment(
        **{
            "order_id": "order-1",
            "channel": Channel.WECHAT,
            "amount_fen": 60_000,
            "transaction_id": "4200001",
            "paid_at": NOW,
            **changes,
        }
    )

"""Fees, orders and payments to test with."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.payment.adapters import WeChatPaySettings
from services.payment.domain import Fee, Order, Payment
from services.payment.runtime import wechatpay_settings
from services.payment.settings import PaymentSettings
from shared.events.terms import Channel
from shared.settings import read

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LIFETIME, SILENCE = timedelta(hours=2), timedelta(seconds=10)
# What the service's environment holds besides the merchant account.
ELSEWHERE = {
    f"XUESHI_{name}": "unused"
    for name in (
        "ENV", "SERVICE", "AMQP_URI", "MONGO_URI", "KEYRING_URI", "KEYRING_KEK", "ID_PEPPER",
        "S3_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY", "TOKEN_PUBLIC_KEY", "PUBLIC_URL",
    )
}  # fmt: skip


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


def merchant_settings(account: Mapping[str, str]) -> WeChatPaySettings:
    """The settings of the client, read as the service reads them."""
    return wechatpay_settings(read(PaymentSettings, ELSEWHERE | account))

"""Fees and orders in a real MongoDB."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from services.payment.domain import Fee, FeeStatus, OrderStatus, RefundStatus
from services.payment.domain.order import AnotherOrderIsOpen
from services.payment.storage import Fees, Orders
from services.payment.tests.builders import NOW, a_fee, a_payment, an_order
from shared.events.payment import PaymentConfirmed

pytestmark = pytest.mark.usefixtures("database")
fees, orders = Fees(), Orders()


@pytest.fixture
def fee() -> Fee:
    return fees.add(a_fee(id=secrets.token_hex(16)))


def outbox(repository, id):
    return [entry["type"] for entry in repository.rows.find_one({"_id": id})["outbox"]]


def test_a_fee_comes_back_as_it_was_stored(fee):
    fees.update(fee.id, lambda fee: fee.receive(a_payment(amount_fen=1, transaction_id="t0")))
    stored = fees.update_and_get(fee.id, lambda fee: fee.receive(a_payment()))
    assert fees.get(fee.id) == stored
    assert (stored.status, stored.refused, stored.version) == (FeeStatus.PAID, ["t0"], 2)
    assert type(fees.rows.find_one({"_id": fee.id})["fee_fen"]) is int


def test_an_order_comes_back_as_it_was_stored(fee):
    refused = an_order(fee, status=OrderStatus.REFUSED, refund=RefundStatus.DUE, reason="second_payment")
    orders.add(refused)
    written = orders.update_and_get(refused.id, lambda order: order.show("weixin://code"))
    stored = orders.get(refused.id)
    assert stored == written
    assert (stored.status, stored.refund) == (OrderStatus.REFUSED, RefundStatus.DUE)
    assert (stored.code_url, stored.expires_at) == ("weixin://code", refused.expires_at)


def test_a_fee_has_one_open_order_per_channel(fee):
    first = orders.add(an_order(fee))
    with pytest.raises(AnotherOrderIsOpen):
        orders.add(an_order(fee))
    orders.update(first.id, lambda order: order.close())
    orders.add(an_order(fee))


def test_an_order_keeps_the_channels_second_and_our_millisecond(fee):
    order = orders.add(an_order(fee, now=datetime(2026, 3, 2, 4, 0, 0, 123_000, tzinfo=UTC)))
    assert orders.get(order.id) == order


def test_many_messages_at_once_confirm_a_fee_once(fee):
    def arrive(number: int) -> None:
        payment = a_payment(order_id=f"order-{number % 3}", transaction_id=f"t{number % 3}")
        fees.update(fee.id, lambda fee: fee.receive(payment))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(arrive, range(18)))
    published = outbox(fees, fee.id)
    assert published.count(PaymentConfirmed.TYPE) == 1
    assert len(published) == 3  # and two second payments


def test_only_orders_whose_channel_should_have_spoken_are_asked_about(fee):
    waiting = orders.add(an_order(fee))
    paid = orders.add(an_order(a_fee(id=secrets.token_hex(16)), status=OrderStatus.PAID, query_at=None))
    due = {order.id for order in orders.silent(NOW + timedelta(seconds=10))}
    early = {order.id for order in orders.silent(NOW + timedelta(seconds=9))}
    assert waiting.id in due
    assert waiting.id not in early
    assert paid.id not in due

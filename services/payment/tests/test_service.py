"""What payment does when something happened: stock `nameko run`, real broker, database and channel."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from services.payment.domain import Fee, FeeStatus, OrderStatus, RefundStatus
from services.payment.storage import Fees, Orders
from services.payment.tests.builders import a_fee, an_order
from services.payment.tests.conftest import Shop, body, running_events
from shared.events.base import Event, Meta
from shared.events.enrollment import DeclarationSubmitted, DeclarationWithdrawn
from shared.events.envelope import decode, encode
from shared.events.payment import OrderOpened, PaymentConfirmed, PaymentRefunded, PaymentRefused
from shared.events.terms import LicenceCategory
from shared.messaging.publisher import Publisher
from testkit.processes import Process
from testkit.waiting import eventually

fees, orders = Fees(), Orders()


class Broker:
    """Says what enrollment would say, and hears what payment says."""

    def __init__(self, uri: str) -> None:
        self._publisher = Publisher(uri, "enrollment")
        self._connection = Connection(uri)
        heard = Exchange("payment.events", "topic", durable=True)
        queue = Queue(f"test-{secrets.token_hex(4)}", heard, routing_key="#", exclusive=True)
        self._heard = queue.bind(self._connection.channel())
        self._heard.declare()
        self._events: list[Event] = []

    def say(self, event: Event, subject: str, id: str | None = None) -> None:
        """Publish; the same `id` again is a redelivery."""
        meta = Meta(
            id=id or secrets.token_hex(16), source="enrollment", type=event.TYPE, subject=subject,
            sequence=1, time=datetime.now(UTC),
        )  # fmt: skip
        text = encode(replace(event, meta=meta))
        assert self._publisher.publish([{"id": meta.id, "type": event.TYPE, "body": text}])

    def heard(self, enrollment_id: str) -> list[type[Event]]:
        """What payment has said about this enrolment so far."""
        return [type(event) for event in self.events(enrollment_id)]

    def events(self, enrollment_id: str) -> list[Any]:
        while message := self._heard.get(no_ack=True):
            self._events.append(decode(message.body))
        return [event for event in self._events if getattr(event, "enrollment_id", None) == enrollment_id]

    def close(self) -> None:
        self._publisher.close()
        self._connection.close()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events") / "log"


@pytest.fixture(scope="module")
def events(shop: Shop, log: Path) -> Iterator[Process]:
    with running_events(shop.environment, log) as process:
        yield process


@pytest.fixture(scope="module")
def broker(shop: Shop, events: Process) -> Iterator[Broker]:
    """The broker, with the events process running."""
    broker = Broker(shop.environment["XUESHI_AMQP_URI"])
    yield broker
    broker.close()


def declared(enrollment_id: str, fee_fen: int = 60_000) -> DeclarationSubmitted:
    return DeclarationSubmitted(
        enrollment_id=enrollment_id, plan_id="plan-1", person_id="person-1", organisation="武汉造价协会",
        batch="2026-1", category=LicenceCategory.LEVEL_TWO, specialty="土木建筑", fee_fen=fee_fen,
        photo_id="photo-1", personal="sealed",
    )  # fmt: skip


@pytest.fixture
def fee(broker: Broker) -> Fee:
    """The fee that a declaration has made."""
    enrollment_id = secrets.token_hex(16)
    broker.say(declared(enrollment_id), enrollment_id)
    eventually(lambda: fees.rows.count_documents({"_id": enrollment_id}))
    return fees.get(enrollment_id)


def test_a_declaration_makes_the_fee_due(fee: Fee) -> None:
    assert (fee.fee_fen, fee.person_id, fee.status) == (60_000, "person-1", FeeStatus.DUE)


def test_a_repeated_or_corrected_declaration_changes_nothing_about_the_fee(broker: Broker) -> None:
    enrollment_id, id = secrets.token_hex(16), secrets.token_hex(16)
    for _ in range(2):
        broker.say(declared(enrollment_id), enrollment_id, id)
    broker.say(declared(enrollment_id, fee_fen=1), enrollment_id)
    eventually(lambda: len((fees.rows.find_one({"_id": enrollment_id}) or {}).get("handled", [])) == 2)
    assert (fees.get(enrollment_id).fee_fen, fees.get(enrollment_id).status) == (60_000, FeeStatus.DUE)


def test_a_paid_order_is_confirmed_once_to_everyone(broker: Broker, shop: Shop, fee: Fee) -> None:
    order = shop.order(fee.id)
    shop.scan(order["code_url"], callbacks=3)
    eventually(lambda: shop.status(order["order_id"]) == "paid")
    eventually(lambda: PaymentConfirmed in broker.heard(fee.id))
    assert broker.heard(fee.id) == [OrderOpened, PaymentConfirmed]
    confirmed = broker.events(fee.id)[1]
    assert (confirmed.order_id, confirmed.amount_fen) == (order["order_id"], 60_000)
    assert confirmed.published.subject == fee.id


def test_a_silent_channel_is_asked_and_its_late_callback_changes_nothing(
    broker: Broker, shop: Shop, fee: Fee
) -> None:
    order = shop.order(fee.id)
    shop.scan(order["code_url"], callbacks=0)
    eventually(lambda: shop.status(order["order_id"]) == "paid")
    transaction = shop.client.query(order["order_id"])
    assert transaction is not None
    content = shop.forge.callback(
        {
            "appid": shop.account.service["XUESHI_WECHATPAY_APPID"],
            "mchid": shop.account.service["XUESHI_WECHATPAY_MCHID"],
            "out_trade_no": transaction.order_id,
            "transaction_id": transaction.transaction_id,
            "trade_state": "SUCCESS",
            "success_time": "2026-03-02T12:00:00+08:00",
            "amount": {"total": transaction.amount_fen},
        }
    )
    headers = shop.forge.sign(content, datetime.now(UTC))
    late = shop.http.post("/api/payment/callbacks/wechatpay", content=content, headers=headers)
    assert late.status_code == 204
    assert broker.heard(fee.id) == [OrderOpened, PaymentConfirmed]


def test_a_second_payment_goes_back(broker: Broker, shop: Shop, fee: Fee) -> None:
    first = shop.order(fee.id)
    # Here only: the channel still takes money for it.
    orders.update(first["order_id"], lambda order: order.close())
    second = shop.order(fee.id)
    shop.scan(second["code_url"])
    eventually(lambda: shop.status(second["order_id"]) == "paid")
    shop.scan(first["code_url"])
    eventually(lambda: orders.get(first["order_id"]).refund is RefundStatus.REFUNDED)
    eventually(lambda: PaymentRefunded in broker.heard(fee.id))
    said = broker.events(fee.id)
    assert [type(event) for event in said] == [
        OrderOpened, OrderOpened, PaymentConfirmed, PaymentRefused, PaymentRefunded,
    ]  # fmt: skip
    assert said[2].order_id == second["order_id"]
    assert said[3].reason == said[4].reason == "second_payment"
    assert (said[4].order_id, said[4].amount_fen) == (first["order_id"], 60_000)
    refund = shop.client.query_refund(first["order_id"])
    assert refund is not None
    assert (refund.state, refund.amount_fen) == ("SUCCESS", 60_000)
    assert shop.client.query_refund(second["order_id"]) is None
    assert shop.status(first["order_id"]) == "refused"


def test_after_a_withdrawal_the_open_order_is_closed_at_the_channel(
    broker: Broker, shop: Shop, fee: Fee
) -> None:
    order = shop.order(fee.id)
    gone = DeclarationWithdrawn(enrollment_id=fee.id, person_id=fee.person_id, reason="换单位", paid=False)
    broker.say(gone, fee.id)
    eventually(lambda: shop.status(order["order_id"]) == "closed")
    transaction = shop.client.query(order["order_id"])
    assert transaction is not None
    assert transaction.state == "CLOSED"
    answer = shop.http.post("/api/payment/orders", json=body(fee.id))
    assert (answer.status_code, answer.json()["code"]) == (409, "fee.withdrawn")


@pytest.mark.parametrize(("paid", "status"), [(False, OrderStatus.CLOSED), (True, OrderStatus.PAID)])
def test_an_expired_order_is_closed_unless_it_was_paid_in_silence(
    broker: Broker, shop: Shop, paid: bool, status: OrderStatus
) -> None:
    fee = fees.add(a_fee(id=secrets.token_hex(16)))
    order = an_order(fee, now=datetime.now(UTC) - timedelta(hours=3))
    code = shop.client.native_order(order.id, "继续教育培训费", order.amount_fen, order.expires_at)
    if paid:
        shop.scan(code, callbacks=0)
    orders.add(order)
    eventually(lambda: orders.get(order.id).status is not OrderStatus.OPEN)
    assert orders.get(order.id).status is status
    assert orders.get(order.id).query_at is None


def test_what_was_decided_while_the_events_process_was_dead_is_published_once_it_lives(
    broker: Broker, shop: Shop, fee: Fee, events: Process, log: Path
) -> None:
    events.kill()
    order = shop.order(fee.id)
    shop.scan(order["code_url"], callbacks=2)
    eventually(lambda: fees.get(fee.id).status is FeeStatus.PAID)
    assert shop.status(order["order_id"]) == "open"  # it follows its fee's event, which waits to be sent
    assert broker.heard(fee.id) == []
    with running_events(shop.environment, log):
        eventually(lambda: shop.status(order["order_id"]) == "paid")
        eventually(lambda: len(broker.heard(fee.id)) >= 2)
        types = sorted(event.TYPE for event in broker.heard(fee.id))
        assert types == [PaymentConfirmed.TYPE, OrderOpened.TYPE]

"""Orders and callbacks over HTTP, against the stand-in's real process and a real MongoDB."""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.payment.domain import Fee, FeeStatus
from services.payment.storage import Fees, Orders
from services.payment.tests.builders import a_fee, an_order
from services.payment.tests.conftest import API, Shop, body
from services.payment.tests.forge import Forge
from shared.events.payment import OrderOpened, PaymentConfirmed, PaymentRefused
from shared.persistence.repository import Repository
from testkit.peers.accounts import wechatpay_account
from testkit.peers.processes import free_port, serving, url_of
from testkit.waiting import eventually

fees, orders = Fees(), Orders()
CALLBACK = "/api/payment/callbacks/wechatpay"


@pytest.fixture
def fee(shop: Shop) -> Fee:
    return fees.add(a_fee(id=secrets.token_hex(16)))


def recorded(repository: Repository[Any], id: str) -> list[dict[str, Any]]:
    """What has been recorded and not been sent yet: no events process runs here."""
    return [json.loads(entry["body"]) for entry in repository.rows.find_one({"_id": id})["outbox"]]


def types(repository: Repository[Any], id: str) -> list[str]:
    return [event["type"] for event in recorded(repository, id)]


def everything(fee: Fee) -> list[Any]:
    """The fee and its orders, byte for byte."""
    return [fees.rows.find_one({"_id": fee.id}), *orders.rows.find({"enrollment_id": fee.id})]


# ---- orders (R11) ----


def test_an_order_is_opened_with_a_code_to_scan(shop: Shop, fee: Fee) -> None:
    answer = shop.http.post("/api/payment/orders", json=body(fee.id))
    order = answer.json()
    assert answer.status_code == 201
    assert order["code_url"].startswith("weixin://")
    assert (order["amount_fen"], order["status"], order["channel"]) == (60_000, "open", "wechat")
    assert datetime.fromisoformat(order["expires_at"]) > datetime.now(UTC) + timedelta(minutes=119)
    assert types(orders, order["order_id"]) == [OrderOpened.TYPE]
    assert shop.http.get(f"/api/payment/orders/{order['order_id']}").json() == order


def test_the_open_order_is_returned_again(shop: Shop, fee: Fee) -> None:
    first = shop.http.post("/api/payment/orders", json=body(fee.id))
    second = shop.http.post("/api/payment/orders", json=body(fee.id))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_many_who_ask_at_once_get_one_order(shop: Shop, fee: Fee) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.order(fee.id), range(8)))
    assert len({order["order_id"] for order in answers}) == len({order["code_url"] for order in answers}) == 1


def test_an_order_whose_code_was_lost_on_the_way_is_asked_for_again(shop: Shop, fee: Fee) -> None:
    order = orders.add(an_order(fee, now=datetime.now(UTC)))
    lost = shop.client.native_order(order.id, "继续教育培训费", order.amount_fen, order.expires_at)
    again = shop.order(fee.id)
    assert (again["order_id"], again["code_url"]) == (order.id, lost)


def test_without_the_channel_the_order_waits_and_goes_on_later(shop: Shop, fee: Fee) -> None:
    nowhere = {"XUESHI_WECHATPAY_URL": "http://127.0.0.1:9"}
    with free_port() as listener, serving(API, listener, shop.environment | nowhere):
        answer = httpx.post(f"{url_of(listener)}/api/payment/orders", json=body(fee.id), trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "channel.unavailable")
    (waiting,) = orders.each(enrollment_id=fee.id)
    assert waiting.code_url is None
    assert shop.order(fee.id)["order_id"] == waiting.id


def test_an_answer_that_the_channel_has_not_signed_is_no_answer_to_the_payer(
    shop: Shop, fee: Fee, tmp_path: Path
) -> None:
    name = "XUESHI_WECHATPAY_PLATFORM_PUBLIC_KEY"
    stranger = {name: wechatpay_account(tmp_path, "http://unused", "http://unused").service[name]}
    with free_port() as listener, serving(API, listener, shop.environment | stranger):
        answer = httpx.post(f"{url_of(listener)}/api/payment/orders", json=body(fee.id), trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "channel.unavailable")
    assert "facts" not in answer.json()
    (waiting,) = orders.each(enrollment_id=fee.id)
    assert waiting.code_url is None


def test_an_expired_order_is_closed_and_another_opened(shop: Shop, fee: Fee) -> None:
    old = orders.add(an_order(fee, now=datetime.now(UTC) - timedelta(hours=3)))
    shop.client.native_order(old.id, "继续教育培训费", old.amount_fen, old.expires_at)
    assert shop.order(fee.id)["order_id"] != old.id
    assert shop.status(old.id) == "closed"
    transaction = shop.client.query(old.id)
    assert transaction is not None
    assert transaction.state == "CLOSED"


def test_an_order_paid_in_silence_at_the_last_moment_counts(shop: Shop, fee: Fee) -> None:
    old = orders.add(an_order(fee, now=datetime.now(UTC) - timedelta(hours=3)))
    code = shop.client.native_order(old.id, "继续教育培训费", old.amount_fen, old.expires_at)
    shop.scan(code, callbacks=0)
    answer = shop.http.post("/api/payment/orders", json=body(fee.id))
    assert (answer.status_code, answer.json()["code"]) == (409, "fee.paid")
    assert types(fees, fee.id) == [PaymentConfirmed.TYPE]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": FeeStatus.PAID}, "fee.paid"),
        ({"status": FeeStatus.WITHDRAWN}, "fee.withdrawn"),
        ({"fee_fen": 0}, "fee.nothing_due"),
    ],
)
def test_when_nothing_is_due_no_order_opens(shop: Shop, change: dict[str, Any], code: str) -> None:
    settled = fees.add(a_fee(id=secrets.token_hex(16), **change))
    answer = shop.http.post("/api/payment/orders", json=body(settled.id))
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not list(orders.each(enrollment_id=settled.id))


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "json.malformed"),
        (b"[]", 422, "request.invalid"),
        (json.dumps(body("", "wechat")), 422, "request.invalid"),
        (json.dumps(body("a" * 32, "cash")), 422, "request.invalid"),
        (json.dumps(body("a" * 32, "transfer")), 422, "channel.unsupported"),
        (json.dumps(body("a" * 32)), 404, "not_found"),
        (b" " * 70_000, 413, "body.too_large"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    shop: Shop, content: bytes | str, status: int, code: str
) -> None:
    before = orders.rows.count_documents({})
    headers = {"Content-Type": "application/json"}
    answer = shop.http.post("/api/payment/orders", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert orders.rows.count_documents({}) == before


def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    answer = shop.http.get(f"/api/payment/orders/{'0' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# ---- callbacks (R13) ----


def transaction_of(shop: Shop, order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What WeChat Pay would say when this order is paid."""
    return {
        "appid": shop.account.service["XUESHI_WECHATPAY_APPID"],
        "mchid": shop.account.service["XUESHI_WECHATPAY_MCHID"],
        "out_trade_no": order["order_id"],
        "transaction_id": f"42{order['order_id'][:26]}",
        "trade_state": "SUCCESS",
        "success_time": "2026-03-02T12:00:00+08:00",
        "amount": {"total": order["amount_fen"], "currency": "CNY"},
        **changes,
    }


def post(shop: Shop, content: bytes, headers: dict[str, str]) -> httpx.Response:
    return shop.http.post(CALLBACK, content=content, headers=headers)


def call_back(shop: Shop, order: dict[str, Any], **changes: Any) -> httpx.Response:
    content = shop.forge.callback(transaction_of(shop, order, **changes))
    return post(shop, content, shop.forge.sign(content, datetime.now(UTC)))


def test_the_channels_own_callback_confirms_the_payment(shop: Shop, fee: Fee) -> None:
    order = shop.order(fee.id)
    shop.scan(order["code_url"])
    eventually(lambda: fees.get(fee.id).status is FeeStatus.PAID)
    (event,) = recorded(fees, fee.id)
    assert event["type"] == PaymentConfirmed.TYPE
    assert event["subject"] == fee.id
    assert event["data"]["order_id"] == order["order_id"]
    assert (event["data"]["amount_fen"], event["data"]["person_id"]) == (60_000, fee.person_id)
    again = shop.http.post("/api/payment/orders", json=body(fee.id))
    assert (again.status_code, again.json()["code"]) == (409, "fee.paid")


def test_repeated_callbacks_are_accepted_and_change_nothing(shop: Shop, fee: Fee) -> None:
    order = shop.order(fee.id)
    assert call_back(shop, order).status_code == 204
    before = everything(fee)
    with ThreadPoolExecutor(4) as pool:
        repeats = list(pool.map(lambda _: call_back(shop, order).status_code, range(8)))
    assert repeats == [204] * 8
    assert everything(fee) == before
    assert types(fees, fee.id) == [PaymentConfirmed.TYPE]


@pytest.mark.parametrize("total", [1, 59_999, 60_001])
def test_a_wrong_amount_is_kept_for_a_person_and_confirms_nothing(shop: Shop, fee: Fee, total: int) -> None:
    order = shop.order(fee.id)
    wrong = {"total": total, "currency": "CNY"}
    assert [call_back(shop, order, amount=wrong).status_code for _ in range(2)] == [204, 204]
    (event,) = recorded(fees, fee.id)
    assert event["type"] == PaymentRefused.TYPE
    assert (event["data"]["amount_fen"], event["data"]["reason"]) == (total, "wrong_amount")
    assert fees.get(fee.id).status is FeeStatus.DUE


def test_a_callback_that_says_unpaid_changes_nothing(shop: Shop, fee: Fee) -> None:
    order = shop.order(fee.id)
    before = everything(fee)
    assert call_back(shop, order, trade_state="NOTPAY").status_code == 204
    assert everything(fee) == before


def test_a_callback_about_an_unknown_order_is_not_found(shop: Shop, fee: Fee) -> None:
    order = shop.order(fee.id)
    before = everything(fee)
    answer = call_back(shop, order | {"order_id": secrets.token_hex(16)})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert everything(fee) == before


Bend = Callable[[Forge, dict[str, Any], datetime], tuple[bytes, dict[str, str]]]


def signed(forge: Forge, content: bytes, now: datetime) -> tuple[bytes, dict[str, str]]:
    return content, forge.sign(content, now)


def unsigned(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return forge.callback(plain), {}


def forged(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    stranger = replace(forge, key=rsa.generate_private_key(65537, 2048))
    return signed(stranger, stranger.callback(plain), now)


def tampered(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    content, headers = signed(forge, forge.callback(plain), now)
    return content.replace(b"EV-1", b"EV-2"), headers


def stale(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return signed(forge, forge.callback(plain), now - timedelta(minutes=5, seconds=2))


def from_the_future(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return signed(forge, forge.callback(plain), now + timedelta(minutes=6))


def other_serial(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return signed(replace(forge, serial="PUB_KEY_ID_9999"), forge.callback(plain), now)


def other_merchant(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return signed(forge, forge.callback(plain | {"mchid": "1900009999"}), now)


def other_key(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return signed(forge, replace(forge, apiv3_key=b"x" * 32).callback(plain), now)


def no_json(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return signed(forge, b'{"id": ', now)


def no_number(forge: Forge, plain: dict[str, Any], now: datetime) -> tuple[bytes, dict[str, str]]:
    return signed(forge, forge.callback(plain | {"transaction_id": None}), now)


@pytest.mark.parametrize(
    ("bend", "status", "code"),
    [
        (unsigned, 401, "callback.bad_signature"),
        (forged, 401, "callback.bad_signature"),
        (tampered, 401, "callback.bad_signature"),
        (stale, 401, "callback.stale"),
        (from_the_future, 401, "callback.stale"),
        (other_serial, 401, "callback.unknown_serial"),
        (other_merchant, 401, "callback.wrong_merchant"),
        (other_key, 401, "callback.undecryptable"),
        (no_json, 400, "callback.malformed"),
        (no_number, 400, "callback.malformed"),
    ],
)
def test_what_is_not_genuine_fresh_and_ours_is_refused_and_changes_nothing(
    shop: Shop, fee: Fee, bend: Bend, status: int, code: str
) -> None:
    order = shop.order(fee.id)
    before = everything(fee)
    answer = post(shop, *bend(shop.forge, transaction_of(shop, order), datetime.now(UTC)))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert everything(fee) == before


def test_a_callback_over_the_limit_is_not_read(shop: Shop) -> None:
    answer = post(shop, b" " * 70_000, {})
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")

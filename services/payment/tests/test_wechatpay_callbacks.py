"""Callbacks of WeChat Pay, true ones and bent ones: only what is genuine, fresh and ours is read (R13)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from services.payment.adapters import (
    BadSignature,
    ChannelTransaction,
    MalformedMessage,
    StaleTimestamp,
    TradeState,
    Undecryptable,
    UnknownSerial,
    WeChatPay,
    WrongMerchant,
)
from services.payment.tests.builders import merchant_settings
from services.payment.tests.forge import Forge
from testkit.peers.accounts import Account, wechatpay_account

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Keys of both sides, without a process."""
    return wechatpay_account(
        tmp_path_factory.mktemp("keys"), "http://127.0.0.1:9", "http://127.0.0.1:9/callback"
    )


@pytest.fixture(scope="module")
def client(account: Account) -> Iterator[WeChatPay]:
    with WeChatPay(merchant_settings(account.service), clock=lambda: NOW) as client:
        yield client


@pytest.fixture(scope="module")
def forge(account: Account) -> Forge:
    return Forge.of(account)


@pytest.fixture(scope="module")
def plain(account: Account) -> dict[str, Any]:
    return {
        "appid": account.service["XUESHI_WECHATPAY_APPID"],
        "mchid": account.service["XUESHI_WECHATPAY_MCHID"],
        "out_trade_no": "order-0001",
        "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "success_time": "2026-03-02T12:00:00+08:00",
        "amount": {"total": 60_000, "currency": "CNY"},
    }


def test_a_true_callback_is_read(client: WeChatPay, forge: Forge, plain: dict[str, Any]) -> None:
    body = forge.callback(plain)
    assert client.read_callback(forge.sign(body, NOW), body, NOW) == ChannelTransaction(
        order_id="order-0001",
        state=TradeState.SUCCESS,
        amount_fen=60_000,
        transaction_id="4200001",
        paid_at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize("seconds", [-299, 299])
def test_five_minutes_are_fresh(client: WeChatPay, forge: Forge, plain: dict[str, Any], seconds: int) -> None:
    body = forge.callback(plain)
    client.read_callback(forge.sign(body, NOW + timedelta(seconds=seconds)), body, NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_stale_callback_is_refused(
    client: WeChatPay, forge: Forge, plain: dict[str, Any], seconds: int
) -> None:
    body = forge.callback(plain)
    with pytest.raises(StaleTimestamp):
        client.read_callback(forge.sign(body, NOW + timedelta(seconds=seconds)), body, NOW)


def test_a_forged_signature_is_refused(client: WeChatPay, forge: Forge, plain: dict[str, Any]) -> None:
    forger = replace(forge, key=rsa.generate_private_key(65537, 2048))
    body = forge.callback(plain)
    with pytest.raises(BadSignature):
        client.read_callback(forger.sign(body, NOW), body, NOW)


def test_a_tampered_body_is_refused(client: WeChatPay, forge: Forge, plain: dict[str, Any]) -> None:
    body = forge.callback(plain)
    headers = forge.sign(body, NOW)
    for tampered in (body + b" ", body.replace(b"EV-1", b"EV-2"), b""):
        with pytest.raises(BadSignature):
            client.read_callback(headers, tampered, NOW)


def _timestamp(headers: dict[str, str], value: str) -> dict[str, str]:
    return headers | {"wechatpay-timestamp": value}


@pytest.mark.parametrize(
    ("bend", "error"),
    [
        (lambda h: {}, BadSignature),
        (
            lambda h: h | {"wechatpay-signature": "WECHATPAY/SIGNTEST/" + h["wechatpay-signature"]},
            BadSignature,
        ),
        (lambda h: h | {"wechatpay-signature": "不"}, BadSignature),
        (lambda h: h | {"wechatpay-nonce": "0" * 32}, BadSignature),
        (lambda h: _timestamp(h, str(int(h["wechatpay-timestamp"]) + 1)), BadSignature),
        (lambda h: _timestamp(h, "+" + h["wechatpay-timestamp"]), StaleTimestamp),
        (lambda h: _timestamp(h, "nan"), StaleTimestamp),
        (lambda h: _timestamp(h, "9" * 400), StaleTimestamp),
        (lambda h: h | {"wechatpay-serial": "PUB_KEY_ID_9999"}, UnknownSerial),
    ],
)
def test_bent_headers_are_refused(
    client: WeChatPay,
    forge: Forge,
    plain: dict[str, Any],
    bend: Callable[[dict[str, str]], dict[str, str]],
    error: type[Exception],
) -> None:
    body = forge.callback(plain)
    with pytest.raises(error):
        client.read_callback(bend(forge.sign(body, NOW)), body, NOW)


def test_a_resource_sealed_with_another_key_is_refused(
    client: WeChatPay, forge: Forge, plain: dict[str, Any]
) -> None:
    body = replace(forge, apiv3_key=b"x" * 32).callback(plain)
    with pytest.raises(Undecryptable):
        client.read_callback(forge.sign(body, NOW), body, NOW)


@pytest.mark.parametrize("field", ["algorithm", "ciphertext", "nonce", "associated_data"])
@pytest.mark.parametrize("value", [None, "", 1, "AAAA", "不"])
def test_a_spoilt_resource_is_refused(
    client: WeChatPay, forge: Forge, plain: dict[str, Any], field: str, value: Any
) -> None:
    envelope = json.loads(forge.callback(plain))
    envelope["resource"][field] = value
    body = json.dumps(envelope).encode()
    with pytest.raises(Undecryptable):
        client.read_callback(forge.sign(body, NOW), body, NOW)


@pytest.mark.parametrize("field", ["mchid", "appid"])
def test_another_merchants_payment_is_refused(
    client: WeChatPay, forge: Forge, plain: dict[str, Any], field: str
) -> None:
    body = forge.callback(plain | {field: "other"})
    with pytest.raises(WrongMerchant):
        client.read_callback(forge.sign(body, NOW), body, NOW)


def test_another_merchants_refund_is_refused(client: WeChatPay, forge: Forge, plain: dict[str, Any]) -> None:
    body = forge.callback(plain | {"mchid": "other"}, "REFUND.SUCCESS")
    with pytest.raises(WrongMerchant):
        client.read_callback(forge.sign(body, NOW), body, NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("out_trade_no", None),
        ("out_trade_no", 7),
        ("trade_state", "PAID"),
        ("amount", None),
        ("amount", []),
        ("amount", {"total": "60000"}),
        ("amount", {"total": True}),
        ("amount", {"total": 600.0}),
        ("amount", {"total": 60_000, "currency": "USD"}),
        ("success_time", "yesterday"),
        ("success_time", "2026-03-02T12:00:00"),
    ],
)
def test_a_genuine_but_malformed_callback_is_refused(
    client: WeChatPay, forge: Forge, plain: dict[str, Any], field: str, value: Any
) -> None:
    body = forge.callback(plain | {field: value})
    with pytest.raises(MalformedMessage):
        client.read_callback(forge.sign(body, NOW), body, NOW)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"resource": []}', b" " * 70_000])
def test_a_signed_body_that_is_no_notification_is_refused(
    client: WeChatPay, forge: Forge, body: bytes
) -> None:
    with pytest.raises(MalformedMessage):
        client.read_callback(forge.sign(body, NOW), body, NOW)

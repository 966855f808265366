"""Orders at the WeChat Pay stand-in: signatures, repeats, wrong parameters."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from testkit.tests.merchant import NATIVE, Merchant, assert_sign_error


def test_an_order_is_placed_paid_and_queried_with_signed_answers(merchant: Merchant) -> None:
    placed = merchant.send("POST", NATIVE, merchant.order("paid-0001"))
    merchant.verify(placed.headers, placed.content)
    assert merchant.query("paid-0001").json()["trade_state"] == "NOTPAY"
    receipt = merchant.scan(placed.json()["code_url"], callbacks=0).json()
    shown = merchant.query("paid-0001")
    merchant.verify(shown.headers, shown.content)
    assert shown.json()["trade_state"] == "SUCCESS"
    assert shown.json()["transaction_id"] == receipt["transaction_id"]
    assert shown.json()["amount"]["total"] == receipt["amount"] == 60_000


def test_a_missing_signature_is_refused(merchant: Merchant) -> None:
    assert_sign_error(httpx.post(merchant.url + NATIVE, json=merchant.order("unsigned-1"), trust_env=False))


def test_a_foreign_key_is_refused_and_told_what_was_checked(merchant: Merchant) -> None:
    forger = replace(merchant, key=rsa.generate_private_key(65537, 2048))
    refusal = assert_sign_error(forger.send("POST", NATIVE, merchant.order("forged-001")))
    signed = refusal["detail"]["sign_information"]
    assert (signed["method"], signed["url"]) == ("POST", NATIVE)
    assert signed["truncated_sign_message"].startswith(f"POST\n{NATIVE}\n")
    assert merchant.query("forged-001").status_code == 404


@pytest.mark.parametrize("lie", [{"mchid": "1900009999"}, {"serial": "OTHER"}, {"skew": -301}, {"skew": 302}])
def test_a_false_identity_or_a_stale_timestamp_is_refused(merchant: Merchant, lie: dict[str, Any]) -> None:
    assert_sign_error(replace(merchant, **lie).send("POST", NATIVE, merchant.order("lying-0001")))


def test_a_tampered_body_is_refused(merchant: Merchant) -> None:
    body = json.dumps(merchant.order("tamper-001")).encode()
    headers = {"Authorization": merchant.authorization("POST", NATIVE, body)}
    tampered = body.replace(b"60000", b"1")
    assert_sign_error(httpx.post(merchant.url + NATIVE, content=tampered, headers=headers, trust_env=False))


def test_a_signature_for_one_order_does_not_query_another(merchant: Merchant) -> None:
    signed = f"/v3/pay/transactions/out-trade-no/mine-00001?mchid={merchant.mchid}"
    asked = f"/v3/pay/transactions/out-trade-no/other-0001?mchid={merchant.mchid}"
    headers = {"Authorization": merchant.authorization("GET", signed, b"")}
    assert_sign_error(httpx.get(merchant.url + asked, headers=headers, trust_env=False))


def test_a_replayed_order_answers_the_same_code_and_a_changed_one_is_refused(merchant: Merchant) -> None:
    body = json.dumps(merchant.order("replay-001")).encode()
    headers = {"Authorization": merchant.authorization("POST", NATIVE, body)}
    answers = [
        httpx.post(merchant.url + NATIVE, content=body, headers=headers, trust_env=False) for _ in "ab"
    ]
    assert answers[0].json() == answers[1].json()
    changed = merchant.send("POST", NATIVE, merchant.order("replay-001", total=1))
    assert (changed.status_code, changed.json()["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("out_trade_no", "short"),
        ("out_trade_no", "x" * 33),
        ("amount", {"total": 0}),
        ("amount", {"total": 1.5}),
        ("amount", {"total": 1, "currency": "USD"}),
        ("notify_url", "http://merchant/callback?x=1"),
        ("time_expire", "2030-01-01T00:00:00"),
        ("description", "述" * 128),
    ],
)
def test_a_bad_parameter_is_named(merchant: Merchant, field: str, value: Any) -> None:
    refused = merchant.send("POST", NATIVE, merchant.order("params-001") | {field: value})
    merchant.verify(refused.headers, refused.content)
    assert (refused.status_code, refused.json()["code"]) == (400, "PARAM_ERROR")
    assert field in refused.json()["detail"]["field"]


def test_an_order_is_paid_once_and_a_closed_one_never(merchant: Merchant) -> None:
    code_url = merchant.place("once-00001")
    assert [merchant.scan(code_url, callbacks=0).status_code for _ in "ab"] == [200, 409]
    assert merchant.send("POST", NATIVE, merchant.order("once-00001")).json()["code"] == "ORDERPAID"
    other = merchant.place("closed-001")
    target = "/v3/pay/transactions/out-trade-no/closed-001/close"
    closed = merchant.send("POST", target, {"mchid": merchant.mchid})
    merchant.verify(closed.headers, closed.content)
    assert (closed.status_code, closed.content) == (204, b"")
    assert merchant.scan(other).status_code == 409

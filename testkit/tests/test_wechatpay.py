"""The WeChat Pay stand-in, spoken to in raw API v3 by a merchant written here from the documentation."""

import base64
import json
import queue
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from testkit.peers.accounts import Account, wechatpay_account
from testkit.serving import free_port, serving, url_of

APP = "testkit.peers.wechatpay:app"
NATIVE = "/v3/pay/transactions/native"
WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class Merchant:
    """A merchant in raw API v3; ``replace`` it to lie."""

    url: str
    account: Account
    key: Any
    mchid: str
    serial: str
    skew: int = 0

    def authorization(self, method: str, target: str, body: bytes) -> str:
        timestamp, nonce = str(int(time.time()) + self.skew), secrets.token_hex(16)
        message = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()
        return (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{self.mchid}",serial_no="{self.serial}",nonce_str="{nonce}",'
            f'timestamp="{timestamp}",signature="{signature}"'
        )

    def send(self, method: str, target: str, document: Any = None) -> httpx.Response:
        body = b"" if document is None else json.dumps(document).encode()
        headers = {"Authorization": self.authorization(method, target, body)}
        return httpx.request(method, self.url + target, content=body, headers=headers, trust_env=False)

    def order(self, number: str, total: int = 60_000, notify_url: str | None = None) -> dict[str, Any]:
        return {
            "appid": self.account.service["XUESHI_WECHATPAY_APPID"],
            "mchid": self.mchid,
            "description": "继续教育",
            "out_trade_no": number,
            "notify_url": notify_url or self.account.service["XUESHI_WECHATPAY_NOTIFY_URL"],
            "amount": {"total": total, "currency": "CNY"},
        }

    def place(self, number: str, **values: Any) -> str:
        return self.send("POST", NATIVE, self.order(number, **values)).json()["code_url"]

    def query(self, number: str) -> httpx.Response:
        return self.send("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.mchid}")

    def scan(self, code_url: str, **knobs: int) -> httpx.Response:
        return httpx.post(f"{self.url}/payer/scan", json={"code_url": code_url} | knobs, trust_env=False)

    def ask_refund(self, number: str, refund: int, total: int, notify_url: str) -> httpx.Response:
        amount = {"refund": refund, "total": total, "currency": "CNY"}
        request = {
            "out_trade_no": number,
            "out_refund_no": f"r-{number}",
            "notify_url": notify_url,
            "amount": amount,
        }
        return self.send("POST", "/v3/refund/domestic/refunds", request)

    def verify(self, headers: Any, body: bytes) -> None:
        pem = Path(self.account.service["XUESHI_WECHATPAY_PLATFORM_PUBLIC_KEY"]).read_bytes()
        message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
        signature = base64.b64decode(headers["Wechatpay-Signature"])
        platform: Any = serialization.load_pem_public_key(pem)
        platform.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        assert headers["Wechatpay-Serial"] == self.account.service["XUESHI_WECHATPAY_PLATFORM_SERIAL"]
        assert abs(time.time() - int(headers["Wechatpay-Timestamp"])) < 60

    def unseal(self, body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        notification = json.loads(body)
        resource = notification["resource"]
        key = self.account.service["XUESHI_WECHATPAY_APIV3_KEY"].encode()
        sealed = base64.b64decode(resource["ciphertext"])
        plain = AESGCM(key).decrypt(resource["nonce"].encode(), sealed, resource["associated_data"].encode())
        return notification, json.loads(plain)


def a_merchant(url: str, account: Account) -> Merchant:
    pem = Path(account.service["XUESHI_WECHATPAY_PRIVATE_KEY"]).read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    service = account.service
    return Merchant(url, account, key, service["XUESHI_WECHATPAY_MCHID"], service["XUESHI_WECHATPAY_SERIAL"])


@pytest.fixture(scope="module")
def merchant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Merchant]:
    with free_port() as listener:
        url = url_of(listener)
        account = wechatpay_account(tmp_path_factory.mktemp("wechatpay"), url, "http://127.0.0.1:9/callback")
        with serving(APP, listener, account.stand_in):
            yield a_merchant(url, account)


@contextmanager
def a_callback_server(answers: list[int]) -> Iterator[tuple[str, "queue.Queue[tuple[Any, bytes]]"]]:
    """A notify_url that answers these statuses in turn, then 204, and keeps the requests."""
    received: queue.Queue[tuple[Any, bytes]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answers.pop(0) if answers else 204)
            self.end_headers()
            received.put((self.headers, body))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/callback", received
    finally:
        server.shutdown()
        server.server_close()


def assert_sign_error(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 401
    assert response.json()["code"] == "SIGN_ERROR"
    assert "Wechatpay-Signature" not in response.headers
    return response.json()


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


def test_a_payment_is_notified_signed_and_sealed_and_again_until_it_is_taken(merchant: Merchant) -> None:
    with a_callback_server([500, 302]) as (notify_url, received):
        merchant.scan(merchant.place("notify-001", notify_url=notify_url))
        seen = [received.get(timeout=WAIT_SECONDS) for _ in range(3)]
        for headers, body in seen:
            merchant.verify(headers, body)
        assert len({json.loads(body)["id"] for _, body in seen}) == 1
        assert len({headers["Wechatpay-Nonce"] for headers, _ in seen}) == 3
        notification, plain = merchant.unseal(seen[-1][1])
        assert notification["event_type"] == "TRANSACTION.SUCCESS"
        assert (plain["out_trade_no"], plain["trade_state"]) == ("notify-001", "SUCCESS")
        assert_nothing_more(received)


def test_a_notification_is_repeated_on_demand_and_silence_is_kept(merchant: Merchant) -> None:
    with a_callback_server([]) as (notify_url, received):
        merchant.scan(merchant.place("silent-001", notify_url=notify_url), callbacks=0)
        merchant.scan(merchant.place("repeat-001", notify_url=notify_url), callbacks=3)
        bodies = [received.get(timeout=WAIT_SECONDS)[1] for _ in range(3)]
        assert [merchant.unseal(body)[1]["out_trade_no"] for body in bodies] == ["repeat-001"] * 3
        assert_nothing_more(received)
    assert merchant.query("silent-001").json()["trade_state"] == "SUCCESS"


def test_a_refund_is_granted_once_within_the_payment_and_notified(merchant: Merchant) -> None:
    with a_callback_server([]) as (notify_url, received):
        merchant.scan(merchant.place("refund-001"), callbacks=0)
        assert (
            merchant.ask_refund("refund-001", 60_001, 60_000, notify_url).json()["code"] == "INVALID_REQUEST"
        )
        assert (
            merchant.ask_refund("refund-001", 60_000, 70_000, notify_url).json()["code"] == "INVALID_REQUEST"
        )
        answers = [merchant.ask_refund("refund-001", 60_000, 60_000, notify_url).json() for _ in "ab"]
        assert answers[0]["refund_id"] == answers[1]["refund_id"]
        notification, plain = merchant.unseal(received.get(timeout=WAIT_SECONDS)[1])
        assert (notification["event_type"], plain["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")
        assert plain["amount"]["refund"] == 60_000
        assert_nothing_more(received)
    assert merchant.query("refund-001").json()["trade_state"] == "REFUND"
    assert merchant.ask_refund("unpaid-001", 1, 1, notify_url).json()["code"] == "RESOURCE_NOT_EXISTS"


def test_a_kill_forgets_neither_orders_nor_notifications_owed(tmp_path: Path) -> None:
    with a_callback_server([500]) as (notify_url, received), free_port() as listener:
        account = wechatpay_account(tmp_path, url_of(listener), notify_url)
        merchant = a_merchant(url_of(listener), account)
        # So slow a schedule that only a restart can bring the second attempt within this test.
        with serving(APP, listener, account.stand_in | {"WECHATPAY_NOTIFY_SCALE": "100"}) as process:
            merchant.scan(merchant.place("killed-001"))
            received.get(timeout=WAIT_SECONDS)
            process.kill()
            process.wait()
        with serving(APP, listener, account.stand_in):
            assert merchant.unseal(received.get(timeout=WAIT_SECONDS)[1])[1]["out_trade_no"] == "killed-001"
            assert merchant.query("killed-001").json()["trade_state"] == "SUCCESS"


def test_a_missing_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    from testkit.peers.wechatpay.settings import WeChatPayStandInSettings

    environ = wechatpay_account(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9/c").stand_in
    for name in environ:
        with pytest.raises(ValueError, match=f"^{name} is not set$"):
            WeChatPayStandInSettings.from_env(environ | {name: ""})


def assert_nothing_more(received: "queue.Queue[tuple[Any, bytes]]") -> None:
    # Longer than the first two waits of the scaled schedule (0.3 s each).
    with pytest.raises(queue.Empty):
        received.get(timeout=0.8)

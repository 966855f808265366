"""A merchant that speaks raw API v3, written from the documentation alone, and its callback address."""

import base64
import json
import queue
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from testkit.peers.accounts import Account

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


def assert_nothing_more(received: "queue.Queue[tuple[Any, bytes]]") -> None:
    # Longer than the first two waits of the scaled schedule (0.3 s each).
    with pytest.raises(queue.Empty):
        received.get(timeout=0.8)

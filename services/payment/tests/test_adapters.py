"""The WeChat Pay client against the stand-in's real process."""

import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from services.payment.adapters import (
    BadSignature,
    ChannelRefund,
    ChannelRefused,
    ChannelTransaction,
    ChannelUnavailable,
    RefundState,
    TradeState,
    WeChatPay,
)
from services.payment.settings import PaymentSettings
from services.payment.tests.builders import ELSEWHERE, merchant_settings
from shared.settings import SettingsError, read
from testkit.peers.accounts import Account, wechatpay_account
from testkit.peers.processes import free_port, serving, url_of

WAIT_SECONDS = 10.0


class Callbacks(ThreadingHTTPServer):
    """A notify_url that takes every callback and keeps it as received."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _CallbackHandler)
        self.received: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/callback"

    def next(self) -> tuple[dict[str, str], bytes]:
        return self.received.get(timeout=WAIT_SECONDS)


class _CallbackHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.received.put((dict(self.headers), body))  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        pass


@dataclass(frozen=True)
class Channel:
    """The client, the stand-in's address, and where its callbacks arrive."""

    client: WeChatPay
    url: str
    account: Account
    callbacks: Callbacks

    def scan(self, code_url: str, callbacks: int = 1) -> None:
        answer = httpx.post(
            f"{self.url}/payer/scan", json={"code_url": code_url, "callbacks": callbacks}, trust_env=False
        )
        answer.raise_for_status()

    def place(self, order_id: str, amount_fen: int = 60_000) -> str:
        return self.client.native_order(
            order_id, "继续教育", amount_fen, datetime.now(UTC) + timedelta(hours=2)
        )


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    callbacks = Callbacks()
    Thread(target=callbacks.serve_forever, daemon=True).start()
    with free_port() as listener:
        account = wechatpay_account(tmp_path_factory.mktemp("wechatpay"), url_of(listener), callbacks.url)
        with serving("testkit.peers.wechatpay:app", listener, account.stand_in):
            client = WeChatPay(merchant_settings(account.service))
            yield Channel(client, url_of(listener), account, callbacks)
            client.close()
    callbacks.shutdown()
    callbacks.server_close()


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Another merchant with keys of its own, at an address where nobody answers."""
    return wechatpay_account(
        tmp_path_factory.mktemp("keys"), "http://127.0.0.1:9", "http://127.0.0.1:9/callback"
    )


def test_an_order_is_paid_and_its_callback_read(channel: Channel) -> None:
    channel.scan(channel.place("good-00001"))
    headers, body = channel.callbacks.next()
    transaction = channel.client.read_callback(headers, body, datetime.now(UTC))
    assert transaction == channel.client.query("good-00001")
    assert isinstance(transaction, ChannelTransaction)
    seen = (transaction.order_id, transaction.state, transaction.amount_fen)
    assert seen == ("good-00001", TradeState.SUCCESS, 60_000)
    assert transaction.paid_at is not None
    assert abs(datetime.now(UTC) - transaction.paid_at) < timedelta(minutes=1)


def test_silence_is_answered_by_a_query(channel: Channel) -> None:
    code_url = channel.place("query-|*01")
    before = channel.client.query("query-|*01")
    assert before is not None
    assert (before.state, before.paid_at) == (TradeState.NOTPAY, None)
    channel.scan(code_url, callbacks=0)
    after = channel.client.query("query-|*01")
    assert after is not None
    assert after.state is TradeState.SUCCESS
    assert channel.client.query("nonesuch") is None


def test_repeated_callbacks_say_the_same(channel: Channel) -> None:
    channel.scan(channel.place("repeat-001"), callbacks=3)
    messages = {channel.client.read_callback(*channel.callbacks.next(), datetime.now(UTC)) for _ in range(3)}
    assert len(messages) == 1


def test_the_same_order_again_answers_the_same_code(channel: Channel) -> None:
    until = datetime.now(UTC) + timedelta(hours=2)
    codes = {channel.client.native_order("again-0001", "继续教育", 60_000, until) for _ in range(2)}
    assert len(codes) == 1
    with pytest.raises(ChannelRefused) as refusal:
        channel.client.native_order("again-0001", "继续教育", 1, until)
    assert refusal.value.channel_code == "INVALID_REQUEST"


def test_a_refund_is_asked_for_once_and_reported_by_callback_and_query(channel: Channel) -> None:
    channel.scan(channel.place("refund-001"), callbacks=0)
    asked = [channel.client.refund("refund-001", "r-1", 60_000, 60_000) for _ in range(2)]
    assert asked[0].state is RefundState.PROCESSING
    assert asked[0].channel_refund_id == asked[1].channel_refund_id
    refund = channel.client.read_callback(*channel.callbacks.next(), datetime.now(UTC))
    assert refund == channel.client.query_refund("r-1")
    assert isinstance(refund, ChannelRefund)
    assert (refund.order_id, refund.state, refund.amount_fen) == ("refund-001", RefundState.SUCCESS, 60_000)
    assert channel.client.query_refund("nonesuch") is None


def test_a_closed_order_stays_closed(channel: Channel) -> None:
    channel.place("closed-001")
    channel.client.close_order("closed-001")
    transaction = channel.client.query("closed-001")
    assert transaction is not None
    assert transaction.state is TradeState.CLOSED


def test_a_refusal_names_the_channels_code(channel: Channel) -> None:
    with pytest.raises(ChannelRefused) as refusal:
        channel.client.refund("unpaid-001", "r-2", 1, 1)
    assert (refusal.value.status, refusal.value.channel_code) == (404, "RESOURCE_NOT_EXISTS")


def test_our_own_wrong_key_is_refused_by_the_channel(channel: Channel, account: Account) -> None:
    other = channel.account.service | {
        "XUESHI_WECHATPAY_PRIVATE_KEY": account.service["XUESHI_WECHATPAY_PRIVATE_KEY"]
    }
    with WeChatPay(merchant_settings(other)) as stranger, pytest.raises(ChannelRefused) as refusal:
        stranger.query("good-00001")
    assert (refusal.value.status, refusal.value.channel_code) == (401, "SIGN_ERROR")


def test_an_answer_signed_with_another_key_is_not_believed(channel: Channel, account: Account) -> None:
    public_key = account.service["XUESHI_WECHATPAY_PLATFORM_PUBLIC_KEY"]
    other = channel.account.service | {"XUESHI_WECHATPAY_PLATFORM_PUBLIC_KEY": public_key}
    with WeChatPay(merchant_settings(other)) as doubter, pytest.raises(BadSignature):
        doubter.query("nonesuch")


def test_many_threads_share_one_client(channel: Channel) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda number: channel.place(f"thread-{number:03d}"), range(24)))
    assert len(set(codes)) == 24


def test_no_answer_is_told_apart_from_a_refusal(account: Account) -> None:
    with WeChatPay(merchant_settings(account.service)) as client, pytest.raises(ChannelUnavailable):
        client.query("order-0001")


def test_a_missing_setting_is_named(account: Account) -> None:
    for name in account.service:
        others = {other: value for other, value in account.service.items() if other != name}
        with pytest.raises(SettingsError, match=f": {name} is missing$"):
            read(PaymentSettings, ELSEWHERE | others)


def test_a_setting_that_cannot_work_is_named(account: Account, tmp_path: Path) -> None:
    for name in account.service:
        field = name.removeprefix("XUESHI_").lower()
        with pytest.raises(ValueError, match=f"^{field} (is empty|names no file)"):
            merchant_settings(account.service | {name: ""})
    with pytest.raises(ValueError, match="wechatpay_apiv3_key has 5 bytes"):
        merchant_settings(account.service | {"XUESHI_WECHATPAY_APIV3_KEY": "short"})
    with pytest.raises(ValueError, match="wechatpay_private_key names no file"):
        merchant_settings(account.service | {"XUESHI_WECHATPAY_PRIVATE_KEY": str(tmp_path / "none")})


def test_settings_do_not_show_the_secret(account: Account) -> None:
    settings = merchant_settings(account.service)
    assert account.service["XUESHI_WECHATPAY_APIV3_KEY"] not in repr(settings)

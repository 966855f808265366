"""The payment service on real servers, with the stand-in for WeChat Pay as a process of its own."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.payment.adapters import WeChatPay
from services.payment.runtime import wechatpay_settings
from services.payment.settings import PaymentSettings
from services.payment.storage import Fees, Orders
from services.payment.tests.forge import Forge
from shared.persistence.connection import connect, disconnect
from shared.settings import read
from testkit.fixtures import Servers
from testkit.peers.accounts import Account, wechatpay_account
from testkit.peers.processes import free_port, serving, url_of
from testkit.processes import Process, nameko, running

API = "services.payment.api:app"


@dataclass(frozen=True)
class Shop:
    """The api as a process, its database, the channel's own ledger, and the payer's phone."""

    http: httpx.Client
    channel_url: str
    account: Account
    environment: dict[str, str]
    client: WeChatPay

    @property
    def forge(self) -> Forge:
        return Forge.of(self.account)

    def order(self, enrollment_id: str) -> dict[str, Any]:
        answer = self.http.post("/api/payment/orders", json=body(enrollment_id))
        assert answer.status_code in (200, 201), answer.text
        order: dict[str, Any] = answer.json()
        return order

    def status(self, order_id: str) -> str:
        return str(self.http.get(f"/api/payment/orders/{order_id}").json()["status"])

    def scan(self, code_url: str, callbacks: int = 1) -> None:
        scanned = {"code_url": code_url, "callbacks": callbacks}
        httpx.post(f"{self.channel_url}/payer/scan", json=scanned, trust_env=False).raise_for_status()


def body(enrollment_id: str, channel: str = "wechat") -> dict[str, str]:
    return {"enrollment_id": enrollment_id, "channel": channel}


@pytest.fixture(scope="session")
def database(servers: Servers) -> Iterator[PaymentSettings]:
    """The service's own database, reached from the tests."""
    settings = read(PaymentSettings, servers.env_for("payment"))
    connect(settings)
    for repository in (Fees(), Orders()):
        repository.ensure_indexes()
    yield settings
    disconnect("payment")


@pytest.fixture(scope="session")
def shop(
    servers: Servers, database: PaymentSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    with free_port() as channel_at, free_port() as api_at:
        notify_url = f"{url_of(api_at)}/api/payment/callbacks/wechatpay"
        account = wechatpay_account(tmp_path_factory.mktemp("wechatpay"), url_of(channel_at), notify_url)
        environment = servers.env_for("payment") | account.service
        environment |= {"XUESHI_PAYMENT_SILENCE_SECONDS": "1", "XUESHI_LOG_LEVEL": "warning"}
        client = WeChatPay(wechatpay_settings(read(PaymentSettings, environment)))
        with (
            serving("testkit.peers.wechatpay:app", channel_at, account.stand_in),
            serving(API, api_at, environment),
            httpx.Client(base_url=url_of(api_at), timeout=20, trust_env=False) as http,
            client,
        ):
            yield Shop(http, url_of(channel_at), account, environment, client)


def running_events(environment: dict[str, str], log: Path) -> AbstractContextManager[Process]:
    """Payment's events process, as it comes, while the context lasts; ready when it begins."""
    return running(nameko("services.payment.service"), environment, log)

"""Notifications (回调通知): sent until the merchant answers 200 or 204, on WeChat Pay's schedule, scaled."""

import asyncio
import json
import secrets
import sqlite3
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx

from testkit.peers.wechatpay import documents
from testkit.peers.wechatpay.ledger import Ledger
from testkit.peers.wechatpay.platform import Platform

MINUTE, HOUR = 60, 3600
# 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h, 24h4m in all
WAITS: tuple[int, ...] = (
    15,
    15,
    30,
    3 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    HOUR,
)
WAITS += (3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR)
ANSWER_WITHIN_SECONDS = 5.0


class Notifier:
    """Delivers pending notifications, each in a task of its own; a restart resumes them."""

    def __init__(self, platform: Platform, ledger: Ledger, scale: float) -> None:
        self._platform = platform
        self._ledger = ledger
        self._scale = scale
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=ANSWER_WITHIN_SECONDS, follow_redirects=False, trust_env=False)

    async def __aenter__(self) -> Self:
        for number in self._ledger.notices("pending"):
            self._start(number)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def announce_payment(self, order: sqlite3.Row, copies: int) -> None:
        """TRANSACTION.SUCCESS, the same notification ``copies`` times over."""
        resource = documents.transaction(order, self._platform.settings)
        self._announce(order["notify_url"], "TRANSACTION.SUCCESS", "支付成功", resource, copies)

    def announce_refund(self, entry: sqlite3.Row) -> None:
        """REFUND.SUCCESS, if the refund asked for it."""
        order = self._ledger.order(entry["out_trade_no"])
        if order is None or not entry["notify_url"]:
            return
        resource = documents.refund_notice(entry, order, self._platform.settings)
        self._announce(entry["notify_url"], "REFUND.SUCCESS", "退款成功", resource, 1)

    def _announce(
        self, url: str, event_type: str, summary: str, resource: dict[str, object], copies: int
    ) -> None:
        notice_id = f"EV-{datetime.now(UTC):%Y%m%d%H%M%S}{secrets.token_hex(6)}"
        for _ in range(copies):
            self._start(self._ledger.owe(notice_id, url, event_type, summary, resource))

    def _start(self, number: int) -> None:
        task = asyncio.create_task(self._deliver(number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, number: int) -> None:
        for attempt in range(self._ledger.notice(number)["attempts"], len(WAITS) + 1):
            if await self._attempt(number):
                return self._ledger.record_attempt(number, "delivered")
            last = attempt == len(WAITS)
            self._ledger.record_attempt(number, "abandoned" if last else "pending")
            if not last:
                await asyncio.sleep(WAITS[attempt] * self._scale)
        return None

    async def _attempt(self, number: int) -> bool:
        notice = self._ledger.notice(number)
        body = self._platform.notification(
            notice["notice_id"], notice["event_type"], notice["summary"], json.loads(notice["resource"])
        )
        headers = {"Content-Type": "application/json", **self._platform.signature_headers(body)}
        try:
            response = await self._http.post(notice["url"], content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return response.status_code in (200, 204)

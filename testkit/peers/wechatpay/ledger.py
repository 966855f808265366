"""The stand-in's ledger: orders, refunds and notifications that are still to be delivered."""

import json
import secrets
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from testkit.peers.database import open_database
from testkit.peers.wechatpay.platform import rfc3339

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    out_trade_no TEXT PRIMARY KEY, request TEXT NOT NULL, code_url TEXT NOT NULL UNIQUE,
    total INTEGER NOT NULL, notify_url TEXT NOT NULL, expires_at REAL NOT NULL,
    trade_state TEXT NOT NULL DEFAULT 'NOTPAY', transaction_id TEXT, success_time TEXT, openid TEXT);
CREATE TABLE IF NOT EXISTS refunds (
    out_refund_no TEXT PRIMARY KEY, request TEXT NOT NULL, refund_id TEXT NOT NULL,
    out_trade_no TEXT NOT NULL, refund INTEGER NOT NULL, notify_url TEXT,
    status TEXT NOT NULL DEFAULT 'PROCESSING', create_time TEXT NOT NULL, success_time TEXT);
CREATE TABLE IF NOT EXISTS notices (
    number INTEGER PRIMARY KEY, notice_id TEXT NOT NULL, url TEXT NOT NULL, event_type TEXT NOT NULL,
    summary TEXT NOT NULL, resource TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending');
"""


def _number(prefix: str) -> str:
    return f"{prefix}{datetime.now(UTC):%Y%m%d}{secrets.randbelow(10**14):014d}"


class Ledger:
    """Every statement commits by itself: answers and promised refunds survive a kill."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def order(self, out_trade_no: str) -> sqlite3.Row | None:
        """The order, or None."""
        return self._one("SELECT * FROM orders WHERE out_trade_no = ?", out_trade_no)

    def order_by_code(self, code_url: str) -> sqlite3.Row | None:
        """The order behind a QR code, or None."""
        return self._one("SELECT * FROM orders WHERE code_url = ?", code_url)

    def order_by_transaction(self, transaction_id: str) -> sqlite3.Row | None:
        """The paid order, or None."""
        return self._one("SELECT * FROM orders WHERE transaction_id = ?", transaction_id)

    def place(self, out_trade_no: str, request: str, total: int, notify_url: str, expires_at: float) -> str:
        """Enter an order; returns its code_url."""
        code_url = f"weixin://wxpay/bizpayurl?pr={secrets.token_urlsafe(9)}"
        self._db.execute(
            "INSERT INTO orders (out_trade_no, request, code_url, total, notify_url, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (out_trade_no, request, code_url, total, notify_url, expires_at),
        )
        return code_url

    def pay(self, out_trade_no: str) -> sqlite3.Row:
        """The payer's money arrives."""
        return self._require(
            "UPDATE orders SET trade_state = 'SUCCESS', transaction_id = ?, success_time = ?, openid = ?"
            " WHERE out_trade_no = ? AND trade_state = 'NOTPAY' RETURNING *",
            (_number("42000"), rfc3339(datetime.now(UTC)), f"o{secrets.token_urlsafe(20)}", out_trade_no),
        )

    def close_order(self, out_trade_no: str) -> None:
        """From now on the order cannot be paid."""
        self._db.execute("UPDATE orders SET trade_state = 'CLOSED' WHERE out_trade_no = ?", (out_trade_no,))

    def refund(self, out_refund_no: str) -> sqlite3.Row | None:
        """The refund, or None."""
        return self._one("SELECT * FROM refunds WHERE out_refund_no = ?", out_refund_no)

    def refunded(self, out_trade_no: str) -> int:
        """Fen refunded or promised of an order."""
        row = self._require(
            "SELECT COALESCE(SUM(refund), 0) AS fen FROM refunds WHERE out_trade_no = ?", (out_trade_no,)
        )
        return int(row["fen"])

    def promise_refund(
        self, out_refund_no: str, request: str, out_trade_no: str, refund: int, notify_url: str | None
    ) -> sqlite3.Row:
        """Enter a refund as PROCESSING."""
        return self._require(
            "INSERT INTO refunds"
            " (out_refund_no, request, refund_id, out_trade_no, refund, notify_url, create_time)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
            (
                out_refund_no,
                request,
                _number("50300"),
                out_trade_no,
                refund,
                notify_url,
                rfc3339(datetime.now(UTC)),
            ),
        )

    def settle_refunds(self) -> list[sqlite3.Row]:
        """Carry out promised refunds; returns those that became SUCCESS."""
        with self._db:
            self._db.execute("BEGIN")
            settled = self._db.execute(
                "UPDATE refunds SET status = 'SUCCESS', success_time = ?"
                " WHERE status = 'PROCESSING' RETURNING *",
                (rfc3339(datetime.now(UTC)),),
            ).fetchall()
            for row in settled:
                self._db.execute(
                    "UPDATE orders SET trade_state = 'REFUND' WHERE out_trade_no = ?", (row["out_trade_no"],)
                )
        return settled

    def owe(self, notice_id: str, url: str, event_type: str, summary: str, resource: dict[str, Any]) -> int:
        """Enter a notification to deliver; returns its number."""
        row = self._require(
            "INSERT INTO notices (notice_id, url, event_type, summary, resource) VALUES (?, ?, ?, ?, ?)"
            " RETURNING number",
            (notice_id, url, event_type, summary, json.dumps(resource, ensure_ascii=False)),
        )
        return int(row["number"])

    def notice(self, number: int) -> sqlite3.Row:
        """One notification."""
        return self._require("SELECT * FROM notices WHERE number = ?", (number,))

    def notices(self, state: str) -> list[int]:
        """Numbers of the notifications in ``state``: pending, delivered or abandoned."""
        return [
            row["number"] for row in self._db.execute("SELECT number FROM notices WHERE state = ?", (state,))
        ]

    def record_attempt(self, number: int, state: str) -> None:
        """Count a delivery attempt, and enter its outcome."""
        self._db.execute(
            "UPDATE notices SET attempts = attempts + 1, state = ? WHERE number = ?", (state, number)
        )

    def _one(self, statement: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(statement, values).fetchone()
        return row

    def _require(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Row:
        rows = self._db.execute(statement, values).fetchall()
        if len(rows) != 1:
            raise LookupError("the ledger has no such entry")
        row: sqlite3.Row = rows[0]
        return row

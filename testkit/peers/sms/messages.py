"""The operator's storage: sent messages and used nonces."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from testkit.peers.database import open_database

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY, phone TEXT NOT NULL, text TEXT NOT NULL, template_code TEXT NOT NULL,
    out_id TEXT NOT NULL, biz_id TEXT NOT NULL, sent_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_phone ON messages (phone, sent_at);
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, seen_at REAL NOT NULL);
"""
NONCE_LIFE_SECONDS = 3600.0


class Messages:
    """Every statement commits by itself: an accepted message survives a kill."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def first_use(self, nonce: str) -> bool:
        """Whether this nonce is new; it is kept for longer than its signature stays fresh."""
        now = time.time()
        self._db.execute("DELETE FROM nonces WHERE seen_at < ?", (now - NONCE_LIFE_SECONDS,))
        entered = self._db.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?)", (nonce, now))
        return entered.rowcount == 1

    def sent_since(self, phone: str, seconds: float) -> int:
        """How many messages went to the phone in the last ``seconds``."""
        since = time.time() - seconds
        counted: int = self._db.execute(
            "SELECT COUNT(*) FROM messages WHERE phone = ? AND sent_at > ?", (phone, since)
        ).fetchone()[0]
        return counted

    def deliver(self, phone: str, text: str, template_code: str, out_id: str, biz_id: str) -> None:
        """Put a message on the phone."""
        self._db.execute(
            "INSERT INTO messages (phone, text, template_code, out_id, biz_id, sent_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (phone, text, template_code, out_id, biz_id, time.time()),
        )

    def on_phone(self, phone: str) -> list[dict[str, Any]]:
        """The phone's messages, oldest first."""
        rows: list[sqlite3.Row] = self._db.execute(
            "SELECT * FROM messages WHERE phone = ? ORDER BY number", (phone,)
        ).fetchall()
        return [dict(row) for row in rows]

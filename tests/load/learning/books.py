"""What was acknowledged, held against what is stored."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.learning.runtime import LearningRuntime
from testkit.servers.stack import Stack
from tests.load.learning.seeding import opened_runtime

TOGETHER = 1_000


def lost(stack: Stack, sessions: Iterable[Mapping[str, Any]]) -> int:
    """How many reports were answered 200 and are not in their session; less coverage counts as one."""
    books = [book for book in sessions if book["acknowledged"]]
    with opened_runtime(stack, LearningRuntime) as runtime:
        missing = 0
        for start in range(0, len(books), TOGETHER):
            group = books[start : start + TOGETHER]
            rows = runtime.sessions.rows.find({"_id": {"$in": [book["session"] for book in group]}})
            stored = {row["_id"]: row for row in rows}
            missing += sum(missing_in(stored.get(book["session"]), book) for book in group)
    return missing


def missing_in(stored: Mapping[str, Any] | None, book: Mapping[str, Any]) -> int:
    """How many of a session's acknowledged reports its document lacks."""
    if stored is None:
        return int(book["acknowledged"])
    reports = max(0, int(book["acknowledged"]) - int(stored["reports"]))
    return reports or int(stored["covered_ms"] < book["covered_ms"])

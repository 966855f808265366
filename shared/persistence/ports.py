"""What storage and messaging need of the world outside, so that a simulation can stand in for all of it.

The real store is a pymongo database; the simulated one lies in memory and keeps the same promises: one
document changes in one step, and only where it still matches.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Row = dict[str, Any]


class WriteResult(Protocol):
    """The outcome of a conditional write."""

    @property
    def matched_count(self) -> int:
        """How many documents met the condition: 0 or 1."""


class Rows(Protocol):
    """A collection. Single documents change atomically; what an acknowledged write wrote stays."""

    def find_one(self, filter: Mapping[str, Any]) -> Row | None:
        """The first document that matches."""

    def find(self, filter: Mapping[str, Any], projection: Mapping[str, int] | None = None) -> Any:
        """A cursor with `sort`, `skip` and `limit`."""

    def insert_one(self, document: Row) -> object:
        """Raises DuplicateKeyError."""

    def insert_many(self, documents: Iterable[Row], ordered: bool = True) -> object:
        """Raises BulkWriteError; unordered, all others are inserted nevertheless."""

    def update_one(self, filter: Mapping[str, Any], update: Mapping[str, Any]) -> WriteResult:
        """Change one document, if there is one that still matches. Raises DuplicateKeyError."""


class Database(Protocol):
    """The collections of one service, by name."""

    def __getitem__(self, name: str, /) -> Any:
        """A collection (`Rows`); it exists once something is written to it."""


@dataclass(frozen=True, kw_only=True)
class Effects:
    """Chance and waiting, passed in: `new_id` names an event, `pause` waits after lost race n (from 0)."""

    new_id: Callable[[], str]
    pause: Callable[[int], None]


def _jitter(attempt: int) -> None:
    """Full jitter between lost races, at most 5 ms · 2⁶."""
    time.sleep(secrets.randbelow(5 << min(attempt, 6)) / 1000)


REAL_EFFECTS = Effects(new_id=lambda: secrets.token_hex(16), pause=_jitter)

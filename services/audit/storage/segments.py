"""Which entries of the log each segment of the archive holds: decided once, before anything is written.

So that whoever goes on after a crash, and an archiver beside another, writes the same segment again.
"""

from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from services.audit.storage.documents import Span, SpanDocument


class Segments:
    """The segments in audit's database; the primary key lets no two begin at the same entry."""

    def ensure_indexes(self) -> None:
        """The primary key is all that is asked by."""

    def last(self) -> Span | None:
        """The newest; None before the first."""
        return _span(self._collection.find_one(sort=[("_id", DESCENDING)]))

    def unfinished(self) -> Span | None:
        """The oldest that the bucket does not hold whole, as far as is known here."""
        return _span(self._collection.find_one({"archived": False}, sort=[("_id", ASCENDING)]))

    def decide(self, first: int, last: int) -> Span:
        """The segment that begins at `first`: this one, unless another archiver has decided before."""
        try:
            self._collection.insert_one({"_id": first, "last": last, "archived": False})
        except DuplicateKeyError:
            return _span(self._collection.find_one({"_id": first})) or self.decide(first, last)
        return Span(first, last)

    def mark_archived(self, span: Span) -> None:
        """The bucket holds it whole."""
        self._collection.update_one({"_id": span.first}, {"$set": {"archived": True}})

    @property
    def _collection(self) -> Any:
        return SpanDocument._get_collection()


def _span(row: dict[str, Any] | None) -> Span | None:
    return Span(row["_id"], row["last"], row["archived"]) if row else None

"""Which entries of the log each segment of the archive holds: decided once, before anything is written.

So that whoever goes on after a crash, and an archiver beside another, writes the same segment again.
"""

from dataclasses import dataclass
from typing import Any

import mongoengine as me
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError


@dataclass(frozen=True)
class Span:
    """Entries from position `first` to `last`; `archived` once segment and manifest lie in the bucket."""

    first: int
    last: int
    archived: bool = False


class SegmentDocument(me.Document):  # type: ignore[misc]
    """归档分段: `_id` is the first position, so that no two segments begin at the same entry."""

    meta = {"db_alias": "audit", "collection": "segments", "auto_create_index": False}
    first = me.LongField(primary_key=True)
    last = me.LongField(required=True)
    archived = me.BooleanField(required=True)


class Segments:
    """The segments in audit's database."""

    def ensure_indexes(self) -> None:
        """The primary key is all that is asked by."""

    def last(self) -> Span | None:
        """The newest; None before the first."""
        return _span(self._rows.find_one(sort=[("_id", DESCENDING)]))

    def unfinished(self) -> Span | None:
        """The oldest that the bucket does not hold whole, as far as is known here."""
        return _span(self._rows.find_one({"archived": False}, sort=[("_id", ASCENDING)]))

    def decide(self, first: int, last: int) -> Span:
        """The segment that begins at `first`: this one, unless another archiver has decided before."""
        try:
            self._rows.insert_one({"_id": first, "last": last, "archived": False})
        except DuplicateKeyError:
            return _span(self._rows.find_one({"_id": first})) or self.decide(first, last)
        return Span(first, last)

    def archived(self, span: Span) -> None:
        """Note that the bucket holds it whole."""
        self._rows.update_one({"_id": span.first}, {"$set": {"archived": True}})

    @property
    def _rows(self) -> Any:
        return SegmentDocument._get_collection()


def _span(row: dict[str, Any] | None) -> Span | None:
    return Span(row["_id"], row["last"], row["archived"]) if row else None

"""Which events have taken effect on an aggregate, exactly and for ever, in a document that stays small.

The document keeps the newest; once it holds MAX_KEPT, all but the newest MIN_KEPT move to the collection
`handled` of the same database. The next conditional write takes them out of the document and raises
`handled_until`, the latest time of a moved event. An event later than that cannot have moved and needs no
lookup; any other one is looked up (docs/adr/0006).
"""

from datetime import datetime
from typing import Any

from pymongo.errors import BulkWriteError

from shared.events.base import Event
from shared.persistence.ports import Row, Rows

HANDLED = "handled"  # the collection, and the field of a document
MIN_KEPT, MAX_KEPT = 50, 100
DUPLICATE_KEY = 11000


class ProcessedEvents:
    """The processed events of the aggregates of one kind; `moved` is the collection for the old ones.

    `kind` is the name of their own collection: aggregates of two kinds may share an id.
    """

    def __init__(self, moved: Rows, kind: str) -> None:
        self._moved, self._kind = moved, kind

    def initial(self, cause: Event | None) -> list[Row]:
        """The processed events of a new aggregate."""
        return [_entry(cause)] if cause else []

    def contains(self, row: Row, cause: Event) -> bool:
        """Whether the event has taken effect on the aggregate that `row` holds."""
        entry, until = _entry(cause), row.get("handled_until")
        if any(known["id"] == entry["id"] for known in row[HANDLED]):
            return True
        if until is None or entry["at"] > until:
            return False
        return self._moved.find_one({"_id": self._key(row, entry["id"])}) is not None

    def add_to_write(self, row: Row, cause: Event, write: dict[str, Any]) -> None:
        """Let `write`, conditional on the version of `row`, record the event too.

        When the document is full, the oldest are copied first. Should the write never happen, they are in
        both places, which contradicts nothing.
        """
        known: list[Row] = row[HANDLED]
        if len(known) < MAX_KEPT:
            write["$push"][HANDLED] = _entry(cause)
            return
        old, kept = known[:-MIN_KEPT], known[-MIN_KEPT:]
        self._move(row, old)
        until = [row["handled_until"]] if row.get("handled_until") else []
        write["$set"] |= {
            HANDLED: [*kept, _entry(cause)],
            "handled_until": max([*until, *(entry["at"] for entry in old)]),
        }

    def _move(self, row: Row, old: list[Row]) -> None:
        try:
            self._moved.insert_many(
                [{"_id": self._key(row, entry["id"]), "at": entry["at"]} for entry in old], ordered=False
            )
        except BulkWriteError as error:
            if any(failure["code"] != DUPLICATE_KEY for failure in (error.details or {})["writeErrors"]):
                raise

    def _key(self, row: Row, event_id: str) -> str:
        return f"{self._kind}/{row['_id']}/{event_id}"


def _entry(cause: Event) -> Row:
    meta = cause.published
    return {"id": meta.id, "at": _milliseconds(meta.time)}


def _milliseconds(time: datetime) -> datetime:
    """As MongoDB stores it: a cut time compared with an uncut one would look earlier than itself."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)

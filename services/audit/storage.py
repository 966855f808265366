"""The log in MongoDB: append-only, one document an entry, positions without gaps (R31)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import mongoengine as me
from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.errors import BulkWriteError

from services.audit.domain import GENESIS, Entry, Head, read_entry
from services.audit.domain.entry import event_id_of
from shared.domain.errors import NotFound

DUPLICATE_KEY = 11000
Message = tuple[int, bytes]  # offset as it is stored (base + the stream's), body


class Forked(Exception):
    """Another reader has written these places; the log itself is in order. Read its head again."""


class EntryDocument(me.Document):  # type: ignore[misc]
    """日志: unique position, stream offset and event id keep a second reader from forking the chain."""

    meta = {
        "db_alias": "audit",
        "collection": "log",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["stream_offset"], "unique": True, "name": "one_place"},
            {"fields": ["event_id"], "unique": True, "name": "one_event"},
            {"fields": ["enrollment_id", "position"]},
            {"fields": ["person_id", "position"]},
            {"fields": ["trace_id", "position"]},
            {"fields": ["subject", "position"]},
        ],
    }
    position = me.LongField(primary_key=True)
    stream_offset = me.LongField(required=True)
    event_id = me.StringField(required=True)
    type = me.StringField()
    source = me.StringField()
    subject = me.StringField()
    sequence = me.LongField()
    time = me.DateTimeField()
    trace_id = me.StringField()
    enrollment_id = me.StringField()
    person_id = me.StringField()
    body = me.BinaryField(required=True)
    previous_hash = me.StringField(required=True)
    hash = me.StringField(required=True)


class RepeatDocument(me.Document):  # type: ignore[misc]
    """重复投递: a place of the stream that holds an event which the log has already."""

    meta = {"db_alias": "audit", "collection": "repeats", "auto_create_index": False}
    stream_offset = me.LongField(primary_key=True)
    event_id = me.StringField(required=True)


class PartDocument(me.Document):  # type: ignore[misc]
    """日志分段: the log goes on with a stream that was made anew, whose offset 0 is stored as `base`."""

    meta = {"db_alias": "audit", "collection": "parts", "auto_create_index": False}
    base = me.LongField(primary_key=True)
    begun_at = me.DateTimeField(required=True)


class EventLog:
    """The log. Relays may publish an event twice: the first copy is kept, later ones are only counted."""

    def ensure_indexes(self) -> None:
        """Create the indexes where they are missing."""
        EntryDocument.ensure_indexes()
        RepeatDocument.ensure_indexes()

    def head(self) -> Head:
        """The last entry; GENESIS of an empty log."""
        row = self._rows.find_one({}, {"hash": 1, "stream_offset": 1}, sort=[("_id", DESCENDING)])
        return Head(row["_id"], row["hash"], row["stream_offset"]) if row else GENESIS

    def event_id_at(self, position: int) -> str:
        """The event of an entry. Raises NotFound."""
        row = self._rows.find_one({"_id": position}, {"event_id": 1})
        if row is None:
            raise NotFound(what=f"Entry {position}")
        return str(row["event_id"])

    def base(self) -> int:
        """What is added to an offset of the stream before it is stored; 0 unless a stream was made anew."""
        row = self._parts.find_one({}, sort=[("_id", DESCENDING)])
        return row["_id"] if row else 0

    def begin_part(self, head: Head, now: datetime) -> int:
        """The stream does not hold the head: its offsets are stored behind all earlier ones.

        Returns the new base. Raises Forked when another reader has gone on meanwhile.
        """
        if self.head() != head:
            raise Forked
        repeat = self._repeats.find_one({}, sort=[("_id", DESCENDING)])
        base = max(head.stream_offset, repeat["_id"] if repeat else -1) + 1
        self._parts.update_one({"_id": base}, {"$setOnInsert": {"begun_at": now}}, upsert=True)
        return base

    def head_at(self, position: int) -> Head:
        """The entry at this position, GENESIS for 0. Raises NotFound when the log does not reach that far."""
        row = self._rows.find_one({"_id": position}, {"hash": 1, "stream_offset": 1}) if position else None
        if position and row is None:
            raise NotFound(what=f"Entry {position}")
        return Head(row["_id"], row["hash"], row["stream_offset"]) if row else GENESIS

    def append(self, messages: Sequence[Message]) -> int:
        """Append what the stream delivered, in its order; returns how many entries are new.

        Safe to repeat after a crash at any point: what stands is left out, and the rest continues the chain.
        Repeats are noted before entries are written, so that going on after the last entry's offset misses
        neither. Raises Forked when another reader writes at the same time.
        """
        head = self.head()
        fresh, repeats = self._sort(it for it in messages if it[0] > head.stream_offset)
        if repeats:
            self._repeats.bulk_write([_noted(it) for it in repeats], ordered=False)
        if entries := _chained(head, fresh):
            self._insert(entries)
        return len(entries)

    def read(self, after: int = 0, limit: int = 0, where: dict[str, Any] | None = None) -> Iterator[Entry]:
        """Entries behind position `after`, in order, as they come from the database; 0: all of them."""
        query = {**(where or {}), "_id": {"$gt": after}}
        rows = self._rows.find(query).sort("_id", ASCENDING).limit(limit)
        return (_to_entry(row) for row in rows)

    def concerning(self, *any_of: dict[str, str]) -> Iterator[Entry]:
        """Entries that match any of these column values, in order."""
        return self.read(where={"$or": list(any_of)})

    def oldest_time(self, after: int) -> datetime | None:
        """When the first event behind position `after` was committed; None: there is none with a time."""
        query = {"_id": {"$gt": after}, "time": {"$ne": None}}
        row = self._rows.find_one(query, {"time": 1}, sort=[("_id", ASCENDING)])
        return row["time"] if row else None

    def repeats(self) -> int:
        """How many messages held an event that the log has already."""
        return int(self._repeats.count_documents({}))

    @property
    def _rows(self) -> Any:
        return EntryDocument._get_collection()

    @property
    def _repeats(self) -> Any:
        return RepeatDocument._get_collection()

    @property
    def _parts(self) -> Any:
        return PartDocument._get_collection()

    def _sort(self, messages: Iterable[Message]) -> tuple[list[Message], list[Message]]:
        """Events that are new, and those that the log or an earlier message holds."""
        messages = list(messages)
        ids = [event_id_of(body) for _, body in messages]
        seen = {row["event_id"] for row in self._rows.find({"event_id": {"$in": ids}}, {"event_id": 1})}
        fresh: list[Message] = []
        repeats: list[Message] = []
        for event_id, message in zip(ids, messages, strict=True):
            (repeats if event_id in seen else fresh).append(message)
            seen.add(event_id)
        return fresh, repeats

    def _insert(self, entries: list[Entry]) -> None:
        try:
            self._rows.insert_many([_to_row(it) for it in entries], ordered=True)
        except BulkWriteError as error:
            if any(it["code"] == DUPLICATE_KEY for it in error.details["writeErrors"]):
                raise Forked from error
            raise


def _chained(head: Head, messages: Iterable[Message]) -> list[Entry]:
    entries: list[Entry] = []
    position, last_hash = head.position, head.hash
    for offset, body in messages:
        entries.append(read_entry(position + 1, offset, body, last_hash))
        position, last_hash = entries[-1].position, entries[-1].hash
    return entries


def _noted(message: Message) -> UpdateOne:
    offset, body = message
    return UpdateOne({"_id": offset}, {"$setOnInsert": {"event_id": event_id_of(body)}}, upsert=True)


def _to_row(entry: Entry) -> dict[str, Any]:
    values = vars(entry) | {"_id": entry.position}
    del values["position"]
    return {name: value for name, value in values.items() if value is not None}


def _to_entry(row: dict[str, Any]) -> Entry:
    values: dict[str, Any] = {name: row.get(name) for name in EntryDocument._fields}
    return Entry(**values | {"position": row["_id"]})

"""The log in MongoDB: append-only, one document an entry, positions without gaps (R31)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import BulkWriteError

from services.audit.domain import GENESIS, Entry, EntryFilter, Head, LogFork, chained
from services.audit.domain.entry import event_id_of
from services.audit.storage.documents import (
    NAMES_NO_ENROLMENT,
    EntryDocument,
    GenerationDocument,
    RepeatDocument,
)
from services.audit.storage.rows import Message, repeat_of, to_entry, to_row
from services.audit.storage.trail_query import Place, trail_query
from shared.domain.errors import NotFound

DUPLICATE_KEY = 11000
HEAD_FIELDS = {"hash": 1, "stream_offset": 1}
BODY_FIELDS = {"type": 1, "body": 1}
MARK_FIELDS = {"type": 1, "enrollment_id": 1, "person_id": 1}
SUBJECTS_AT_ONCE = 500


class Body(NamedTuple):
    """An event as the log holds it, and what is needed to read it."""

    position: int
    type: str | None
    body: bytes


class Mark(NamedTuple):
    """Whose an entry is."""

    position: int
    type: str | None
    enrollment_id: str | None
    person_id: str | None


class EventLog:
    """The log. Relays may publish an event twice: the first copy is kept, later ones are only counted."""

    def ensure_indexes(self) -> None:
        """Create the indexes where they are missing."""
        EntryDocument.ensure_indexes()

    # ---- reading ----

    def head(self) -> Head:
        """The last entry; GENESIS of an empty log."""
        row = self._entries.find_one({}, HEAD_FIELDS, sort=[("_id", DESCENDING)])
        return _head(row) if row else GENESIS

    def head_at(self, position: int) -> Head:
        """The entry at this position, GENESIS for 0. Raises NotFound when the log does not reach that far."""
        return _head(self._row(position, HEAD_FIELDS)) if position else GENESIS

    def event_id_at(self, position: int) -> str:
        """The event of an entry. Raises NotFound."""
        return str(self._row(position, {"event_id": 1})["event_id"])

    def read(self, after: int = 0, limit: int = 0) -> Iterator[Entry]:
        """Entries behind position `after`, in order, as they come from the database; limit 0: all of them."""
        return self._find({}, after, limit)

    def matching(
        self, wanted: EntryFilter, after: int = 0, limit: int = 0, *, newest_first: bool = False
    ) -> Iterator[Entry]:
        """Those that pass the filter, behind the entry at position `after` in the order that is asked for.

        The order is that of time when `wanted` names a time, else that of the log. Raises NotFound when it
        is by time and there is no entry at `after`.
        """
        found = self.trail_cursor(wanted, after, limit, newest_first=newest_first)
        return (to_entry(row) for row in found)

    def trail_cursor(self, wanted: EntryFilter, after: int, limit: int, *, newest_first: bool) -> Any:
        """The cursor of `matching`, which can explain itself."""
        by_time = wanted.since is not None or wanted.until is not None
        time = self._row(after, {"time": 1}).get("time") if after and by_time else None
        query = trail_query(wanted, Place(after, time) if after else None, newest_first=newest_first)
        return self._entries.find(query.where).sort(query.order).hint(query.hint).limit(limit)

    def with_event(self, event_id: str) -> Entry:
        """The entry of an event. Raises NotFound."""
        row = self._entries.find_one({"event_id": event_id})
        if row is None:
            raise NotFound(what="Event")
        return to_entry(row)

    def with_events(self, event_ids: Collection[str]) -> list[Entry]:
        """The entries of these events that the log has, in its order."""
        rows = self._entries.find({"event_id": {"$in": list(event_ids)}})
        return sorted((to_entry(row) for row in rows), key=lambda entry: entry.position)

    def around(self, position: int) -> list[Entry]:
        """The entry at this position and its neighbours, in order."""
        rows = self._entries.find({"_id": {"$gte": position - 1, "$lte": position + 1}}).sort(
            "_id", ASCENDING
        )
        return [to_entry(row) for row in rows]

    def first_of(self, enrollment_id: str, type_: str) -> Body | None:
        """The first event of a type that names the enrolment."""
        where = {"enrollment_id": enrollment_id, "type": type_}
        return next(
            iter(_bodies(self._entries.find(where, BODY_FIELDS).sort("_id", ASCENDING).limit(1))), None
        )

    def of_study(self, enrollment_id: str, person_id: str | None, until: int) -> Iterator[Body]:
        """What names the enrolment or the person, up to position `until`; in any order."""
        whose: list[dict[str, Any]] = [{"enrollment_id": enrollment_id, "_id": {"$lte": until}}]
        if person_id is not None:
            whose.append({"person_id": person_id, "_id": {"$lte": until}})
        return _bodies(self._entries.find({"$or": whose}, BODY_FIELDS))

    def about(self, subjects: Collection[str], until: int) -> Iterator[Body]:
        """What is about these subjects and names no enrolment, up to position `until`; in any order."""
        for some in batched(subjects, SUBJECTS_AT_ONCE):
            where = {"subject": {"$in": some}, "enrollment_id": None, "_id": {"$lte": until}}
            yield from _bodies(self._entries.find(where, BODY_FIELDS).hint(NAMES_NO_ENROLMENT))

    def marks(self, after: int, limit: int) -> list[Mark]:
        """Whose the next entries behind position `after` are, and of which type; without their bodies."""
        rows = self._entries.find({"_id": {"$gt": after}}, MARK_FIELDS).sort("_id", ASCENDING).limit(limit)
        names = Mark._fields[1:]
        return [Mark(row["_id"], *(row.get(name) for name in names)) for row in rows]

    def oldest_time(self, after: int) -> datetime | None:
        """When the first event behind position `after` was committed; None: there is none with a time."""
        query = {"_id": {"$gt": after}, "time": {"$ne": None}}
        row = self._entries.find_one(query, {"time": 1}, sort=[("_id", ASCENDING)])
        return row["time"] if row else None

    def repeats(self) -> int:
        """How many messages held an event that the log has already."""
        return int(self._repeats.count_documents({}))

    # ---- generations of the stream ----

    def generation_base(self) -> int:
        """What is added to an offset of the stream before it is stored; 0 until a stream was recreated."""
        newest = self._generations.find_one({}, sort=[("_id", DESCENDING)])
        return newest["_id"] if newest else 0

    def begin_generation(self, head: Head, now: datetime) -> int:
        """The stream does not hold the head: its offsets are stored behind all earlier ones.

        Returns the new base. Raises LogFork when another reader has gone on meanwhile.
        """
        if self.head() != head:
            raise LogFork
        repeat = self._repeats.find_one({}, sort=[("_id", DESCENDING)])
        base = max(head.stream_offset, repeat["_id"] if repeat else -1) + 1
        self._generations.update_one({"_id": base}, {"$setOnInsert": {"begun_at": now}}, upsert=True)
        return base

    # ---- appending ----

    def append(self, messages: Sequence[Message]) -> int:
        """Append what the stream delivered, in its order; returns how many entries are new.

        Safe to repeat after a crash at any point: what is stored is left out, the rest continues the chain.
        Repeats are noted before entries are written, so that going on after the last entry's offset misses
        neither. Raises LogFork when another reader writes at the same time.
        """
        head = self.head()
        fresh, repeats = self._sort([message for message in messages if message[0] > head.stream_offset])
        if repeats:
            self._repeats.bulk_write([repeat_of(message) for message in repeats], ordered=False)
        if entries := chained(head, fresh):
            self._insert(entries)
        return len(entries)

    def _sort(self, messages: Sequence[Message]) -> tuple[list[Message], list[Message]]:
        """Messages with events that are new, and those whose event the log or an earlier message holds."""
        ids = [event_id_of(body) for _, body in messages]
        stored = self._entries.find({"event_id": {"$in": ids}}, {"event_id": 1})
        known = {row["event_id"] for row in stored}
        fresh: list[Message] = []
        repeats: list[Message] = []
        for event_id, message in zip(ids, messages, strict=True):
            (repeats if event_id in known else fresh).append(message)
            known.add(event_id)
        return fresh, repeats

    def _insert(self, entries: Iterable[Entry]) -> None:
        try:
            self._entries.insert_many([to_row(entry) for entry in entries], ordered=True)
        except BulkWriteError as error:
            if any(failure["code"] == DUPLICATE_KEY for failure in error.details["writeErrors"]):
                raise LogFork from error
            raise

    # ---- collections ----

    def _find(self, where: dict[str, Any], after: int = 0, limit: int = 0) -> Iterator[Entry]:
        rows = self._entries.find({**where, "_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)
        return (to_entry(row) for row in rows)

    def _row(self, position: int, fields: dict[str, int]) -> dict[str, Any]:
        row: dict[str, Any] | None = self._entries.find_one({"_id": position}, fields)
        if row is None:
            raise NotFound(what=f"Entry {position}")
        return row

    @property
    def _entries(self) -> Any:
        return EntryDocument._get_collection()

    @property
    def _repeats(self) -> Any:
        return RepeatDocument._get_collection()

    @property
    def _generations(self) -> Any:
        return GenerationDocument._get_collection()


def _head(row: dict[str, Any]) -> Head:
    return Head(row["_id"], row["hash"], row["stream_offset"])


def _bodies(rows: Iterable[dict[str, Any]]) -> Iterator[Body]:
    return (Body(row["_id"], row.get("type"), row["body"]) for row in rows)


def batched(values: Iterable[str], size: int) -> Iterator[list[str]]:
    """The same values, so many at once."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some

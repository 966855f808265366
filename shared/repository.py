"""Repositories: load an aggregate, let it change, write state, version, outbox and inbox at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from mongoengine.connection import get_db
from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.aggregate import Aggregate
from shared.clock import Clock, utc_now
from shared.errors import Contended, Kind, NotFound, Refused
from shared.events.base import Event, Meta, producer_of
from shared.grouped import Grouped
from shared.handled import HANDLED, Handled
from shared.messaging.committed import announce
from shared.messaging.crash import point
from shared.messaging.envelope import encode
from shared.observability import current_trace
from shared.ports import DEFAULT, Database, Rows, Surroundings
from shared.storage import AggregateDocument

A = TypeVar("A", bound=Aggregate)
ATTEMPTS = 12
MAJORITY, ONE_SERVER = ReadConcern("majority"), WriteConcern(w=1, j=False)
NOT_STATE = ("outbox", "handled", "handled_until", "write_id")


class Repository(Generic[A]):
    """Aggregates of one kind. Subclasses name the aggregate and the document it is stored in.

    `conflicts` maps the name of a unique index to the refusal that its violation means.
    """

    aggregate: ClassVar[type[Any]]
    document: ClassVar[type[AggregateDocument]]
    conflicts: ClassVar[dict[str, type[Refused]]] = {}

    def __init__(
        self, clock: Clock = utc_now, database: Database | None = None, surroundings: Surroundings = DEFAULT
    ) -> None:
        """`database`: the service's own, from its document's connection, unless another is given."""
        self._clock, self._given, self._surroundings = clock, database, surroundings
        self._grouped: Grouped | None = None

    def get(self, id: str) -> A:
        """Raises NotFound."""
        return self.to_domain(self._load(id))

    def find(self, order: str = "_id", limit: int = 100, skip: int = 0, **where: Any) -> list[A]:
        """Aggregates that match, e.g. `person_id=…`; at most `limit`. Order "-field" is descending."""
        key, direction = (order[1:], -1) if order.startswith("-") else (order, 1)
        found = self.rows.find(where).sort(key, direction).skip(skip).limit(limit)
        return [self.to_domain(row) for row in found]

    def each(self, **where: Any) -> Iterator[A]:
        """All aggregates that match, read as they come."""
        return (self.to_domain(row) for row in self.rows.find(where))

    def add(self, aggregate: A, *, because: Event | None = None) -> A:
        """Insert a new aggregate with its events.

        One that an event makes derives its id from the cause; then a repeat finds it and changes nothing.
        Raises the refusal of the unique index that it violates.
        """
        outbox = self._stamp(aggregate)
        row = self.to_document(aggregate) | {"outbox": outbox, "handled": self._handled.first(because)}
        try:
            self._store.insert_one(row)
        except DuplicateKeyError as error:
            before = self.rows.find_one({"_id": aggregate.id}) if because else None
            if before and because and self._handled.has(before, because):
                return self.to_domain(before)
            raise self._conflict(error) from error
        point("after-write")
        self._committed(aggregate)
        return aggregate

    def update(self, id: str, change: Callable[[A], object], *, because: Event | None = None) -> A:
        """Let `change` act on the aggregate and write the outcome, once per cause.

        Raises NotFound, whatever `change` raises (then nothing is written), and Contended after
        12 lost races.
        """
        for attempt in range(ATTEMPTS):
            before = self._load(id)
            aggregate = self.to_domain(before)
            if because and self._handled.has(before, because):
                return aggregate
            change(aggregate)
            if self._commit(aggregate, before, because):
                return aggregate
            self._surroundings.pause(attempt)
        raise Contended(what=self.aggregate.__name__)

    def upsert(self, new: A, change: Callable[[A], object], *, because: Event | None = None) -> A:
        """`update`, on `new` when there is none with its id yet."""
        try:
            return self.update(new.id, change, because=because)
        except NotFound:
            first = replace(new, events=list(new.events))
        change(first)
        try:
            return self.add(first, because=because)
        except Exists:
            return self.update(new.id, change, because=because)

    def to_domain(self, row: dict[str, Any]) -> A:
        """The aggregate that a stored row holds."""
        state = {name: value for name, value in row.items() if name not in NOT_STATE}
        aggregate: A = self._adapter.validate_python({"id": state.pop("_id"), **state})
        return aggregate

    def to_document(self, aggregate: A) -> dict[str, Any]:
        """The stored state of an aggregate; every field must be one of the document's."""
        state: dict[str, Any] = _storable(self._adapter.dump_python(aggregate, exclude={"events"}))
        unknown = state.keys() - self.document._fields.keys()
        if unknown:
            raise TypeError(f"{self.document.__name__} lacks the fields {sorted(unknown)}")
        return {"_id": state.pop("id"), **state}

    def ensure_indexes(self) -> None:
        """Create the document's indexes and the one by which the relay finds unsent events."""
        self.document.ensure_indexes()
        unsent = {"outbox.at": {"$exists": True}}
        self.rows.create_index("outbox.at", name="outbox", partialFilterExpression=unsent)

    @property
    def rows(self) -> Any:
        """The collection, for queries that no aggregate answers; writes go through the methods above."""
        return self._database[self._kind]

    def unsent(self, limit: int, but: Sequence[str] = ()) -> list[dict[str, Any]]:
        """`_id` and outbox of the aggregates whose events wait longest.

        Only what a majority of servers have: no event may be published whose write can still be undone.
        """
        where: dict[str, Any] = {"outbox.at": {"$exists": True}}
        where |= {"_id": {"$nin": list(but)}} if but else {}
        rows = self.rows if self._given is not None else self.rows.with_options(read_concern=MAJORITY)
        return list(rows.find(where, {"outbox": 1}).sort("outbox.at", 1).limit(limit))

    def clear(self, ids: Sequence[str], event_ids: Sequence[str]) -> None:
        """Take confirmed events out of the outboxes of these aggregates.

        One server's word is enough: what it forgets is published again, and has no second effect.
        """
        rows = self.rows if self._given is not None else self.rows.with_options(write_concern=ONE_SERVER)
        rows.update_many({"_id": {"$in": list(ids)}}, {"$pull": {"outbox": {"id": {"$in": list(event_ids)}}}})

    @property
    def _store(self) -> Any:
        """For one document at a time: in groups, where it is a real collection."""
        rows = self.rows
        if self._given is not None:
            return rows
        if self._grouped is None or self._grouped.rows.database.client is not rows.database.client:
            self._grouped = Grouped(rows)
        return self._grouped

    @property
    def _database(self) -> Database:
        database: Database = get_db(self.document._meta["db_alias"]) if self._given is None else self._given
        return database

    @property
    def _kind(self) -> str:
        name: str = self.document._get_collection_name()
        return name

    @property
    def _handled(self) -> Handled:
        moved: Rows = self._database[HANDLED]
        return Handled(moved, self._kind)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.aggregate)

    def _load(self, id: str) -> dict[str, Any]:
        row: dict[str, Any] | None = self._store.find_one({"_id": id})
        if row is None:
            raise NotFound(what=self.aggregate.__name__)
        return row

    def _commit(self, aggregate: A, before: dict[str, Any], because: Event | None) -> bool:
        outbox, guard = self._stamp(aggregate), {"_id": aggregate.id, "version": aggregate.version}
        state = self.to_document(aggregate)
        if not outbox and not because and all(before.get(name) == value for name, value in state.items()):
            return True
        aggregate.version += 1
        write: dict[str, Any] = {
            "$set": state | {"version": aggregate.version, "write_id": self._surroundings.new_id()},
            "$push": {"outbox": {"$each": outbox}},
        }
        if because:
            self._handled.remember(before, because, write)
        try:
            won: bool = self._store.update_one(guard, write).matched_count == 1
        except DuplicateKeyError as error:
            raise self._conflict(error) from error
        if won:
            point("after-write")
            self._committed(aggregate)
        return won

    def _committed(self, aggregate: A) -> None:
        if aggregate.events:
            announce()
        aggregate.events.clear()

    def _stamp(self, aggregate: A) -> list[dict[str, Any]]:
        now = self._clock()
        entries = []
        for event in aggregate.events:
            aggregate.sequence += 1
            stamped = replace(event, meta=_meta(event, aggregate, now, self._surroundings.new_id()))
            entries.append(
                {"id": stamped.published.id, "type": event.TYPE, "at": now, "body": encode(stamped)}
            )
        return entries

    def _conflict(self, error: DuplicateKeyError) -> Refused:
        message = str((error.details or {}).get("errmsg", ""))
        for index, refusal in self.conflicts.items():
            if f"index: {index} " in message:
                return refusal()
        return Exists(what=self.aggregate.__name__)


class Exists(Refused):
    """已存在: something with this id stands already."""

    code = "exists"
    kind = Kind.CONFLICT
    says = "{what} exists already 已存在."


def _meta(event: Event, aggregate: Aggregate, now: datetime, id: str) -> Meta:
    return Meta(
        id=id,
        source=producer_of(type(event)),
        type=event.TYPE,
        subject=aggregate.id,
        sequence=aggregate.sequence,
        time=now,
        traceparent=current_trace(),
    )


def _storable(value: Any) -> Any:
    """MongoDB's types for ours: enums by value, dates as ISO text, sets as sorted lists."""
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(_storable(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value

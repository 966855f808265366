"""Repositories: load an aggregate, let it change, write it with its outbox and processed events at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Any, ClassVar, Generic, TypeVar, overload

from mongoengine.connection import get_db
from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.crash_points import crash_point
from shared.domain.aggregate import Aggregate
from shared.domain.clock import Clock, utc_now
from shared.domain.errors import Contention, DomainError, ErrorKind, NotFound
from shared.events.base import Event, Meta, producer_of
from shared.events.envelope import encode
from shared.observability.tracing import current_trace
from shared.persistence.batched_collection import BatchedCollection
from shared.persistence.commits import notify
from shared.persistence.documents import NOTHING, AggregateDocument, check_values
from shared.persistence.group_updates import MAX_ATTEMPTS, GroupUpdates
from shared.persistence.ports import REAL_EFFECTS, Database, Effects, Rows
from shared.persistence.processed_events import HANDLED, ProcessedEvents

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")
Authorise = Callable[[A], object]  # raises for who may not see or change an aggregate
PAGE_SIZE = 50
MAJORITY, ONE_SERVER = ReadConcern("majority"), WriteConcern(w=1, j=False)
STORED_AS_THEY_ARE = frozenset((str, int, float, bool, bytes, datetime, NoneType))
NOT_STATE = ("outbox", "handled", "handled_until", "write_id", "recorded_at")


def anyone(aggregate: Aggregate) -> None:
    """Authorises everybody: for what the system does by itself."""


class Repository(Generic[A]):
    """Aggregates of one kind. Subclasses name the aggregate and the document it is stored in.

    `conflicts` maps the name of a unique index to the refusal that its violation means.
    """

    aggregate: ClassVar[type[Any]]
    document: ClassVar[type[AggregateDocument]]
    conflicts: ClassVar[dict[str, type[DomainError]]] = {}

    def __init__(
        self, clock: Clock = utc_now, database: Database | None = None, effects: Effects = REAL_EFFECTS
    ) -> None:
        """`database`: the service's own, from its document's connection, unless another is given."""
        self._clock, self._simulated, self._effects = clock, database, effects
        self._batched: BatchedCollection | None = None

    def get(self, id: str, *, authorise: Authorise[A] = anyone) -> A:
        """Raises NotFound, and whatever `authorise` raises."""
        aggregate = self.to_domain(self._load(id))
        authorise(aggregate)
        return aggregate

    def find(self, order: str = "_id", limit: int = 100, skip: int = 0, **where: Any) -> list[A]:
        """Aggregates that match, e.g. `person_id=…`; at most `limit`. Order "-field" is descending."""
        key, direction = (order[1:], -1) if order.startswith("-") else (order, 1)
        found = self.rows.find(where).sort(key, direction).skip(skip).limit(limit)
        return [self.to_domain(row) for row in found]

    def page(self, number: int, order: str = "_id", **where: Any) -> list[A]:
        """Page `number`, from 1, of those that match; `PAGE_SIZE` a page."""
        return self.find(order, PAGE_SIZE, PAGE_SIZE * (number - 1), **where)

    def first(self, order: str = "_id", **where: Any) -> A | None:
        """The first of those that match, in this order; None when none does."""
        return next(iter(self.find(order, limit=1, **where)), None)

    def get_or(self, new: A) -> A:
        """The stored aggregate with the id of `new`; `new` itself, not stored, when there is none yet."""
        row = self._find(new.id)
        return new if row is None else self.to_domain(row)

    def each(self, **where: Any) -> Iterator[A]:
        """All aggregates that match, read as they come."""
        return (self.to_domain(row) for row in self.rows.find(where))

    def add(self, aggregate: A, *, because: Event | None = None) -> A:
        """Insert a new aggregate with its events.

        One that an event makes derives its id from the cause; then a repeat finds it and changes nothing.
        Raises the refusal of the unique index that it violates.
        """
        outbox = self._stamp(aggregate)
        row = self.to_document(aggregate) | {"outbox": outbox, "handled": self._processed.initial(because)}
        try:
            self._store.insert_one(row)
        except DuplicateKeyError as error:
            before = self.rows.find_one({"_id": aggregate.id}) if because else None
            if before and because and self._processed.contains(before, because):
                return self.to_domain(before)
            raise self.conflict(error) from error
        crash_point("after-write")
        self.committed(aggregate)
        return aggregate

    @overload
    def update(
        self, id: str, change: Callable[[A], T], *, authorise: Authorise[A] = ..., because: None = None
    ) -> T: ...

    @overload
    def update(
        self, id: str, change: Callable[[A], T], *, authorise: Authorise[A] = ..., because: Event
    ) -> T | None: ...

    def update(
        self,
        id: str,
        change: Callable[[A], T],
        *,
        authorise: Authorise[A] = anyone,
        because: Event | None = None,
    ) -> T | None:
        """Let `change` act on the aggregate and write the outcome, once per cause; what it answered.

        `authorise` sees the very state that the write depends on, and raises for who may not change it.
        None when the cause has had its effect already. Raises NotFound, whatever `authorise` and `change`
        raise (then nothing is written), and Contention after 12 lost races.
        """
        return self._update(id, change, authorise, because)[1]

    def update_and_get(
        self,
        id: str,
        change: Callable[[A], object],
        *,
        authorise: Authorise[A] = anyone,
        because: Event | None = None,
    ) -> A:
        """`update`, answered by the aggregate as it was written; as it is when the cause is a repeat."""
        return self._update(id, change, authorise, because)[0]

    def upsert(self, new: A, change: Callable[[A], object], *, because: Event | None = None) -> A:
        """`update_and_get`, on `new` when there is none with its id yet."""
        try:
            return self.update_and_get(new.id, change, because=because)
        except NotFound:
            first = replace(new, events=list(new.events))
        change(first)
        try:
            return self.add(first, because=because)
        except AlreadyExists:
            return self.update_and_get(new.id, change, because=because)

    async def update_together(
        self, id: str, change: Callable[[A], T], *, authorise: Authorise[A] = anyone
    ) -> T:
        """`update` for a caller on an event loop, in one read and one write with all that ask meanwhile.

        `change` and `authorise` run in another thread, maybe more than once. Raises as `update`.
        """
        answer: T = await self._groups.update(id, change, authorise)
        return answer

    def to_domain(self, row: dict[str, Any]) -> A:
        """The aggregate that a stored row holds."""
        state = {name: value for name, value in row.items() if name not in NOT_STATE}
        aggregate: A = self._adapter.validate_python({"id": state.pop("_id"), **state})
        return aggregate

    def to_document(self, aggregate: A, stored: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
        """The state to be stored of an aggregate. Raises as `check_values` when it does not fit the document.

        `stored`: its document as it was read, of which nothing that is equal needs to be checked again.
        """
        state: dict[str, Any] = _storable(self._adapter.dump_python(aggregate, exclude={"events"}))
        check_values(self.document, state, stored)
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
        rows = self.rows if self._simulated is not None else self.rows.with_options(read_concern=MAJORITY)
        return list(rows.find(where, {"outbox": 1}).sort("outbox.at", 1).limit(limit))

    def clear(self, ids: Sequence[str], event_ids: Sequence[str]) -> None:
        """Take confirmed events out of the outboxes of these aggregates.

        One server's word is enough: what it forgets is published again, and has no second effect.
        """
        rows = self.rows if self._simulated is not None else self.rows.with_options(write_concern=ONE_SERVER)
        rows.update_many({"_id": {"$in": list(ids)}}, {"$pull": {"outbox": {"id": {"$in": list(event_ids)}}}})

    @cached_property
    def _groups(self) -> GroupUpdates:
        return GroupUpdates(self, lambda: self._store, self._effects.pause)

    @property
    def _store(self) -> Any:
        """For one document at a time: in groups, where it is a real collection."""
        rows = self.rows
        if self._simulated is not None:
            return rows
        if self._batched is None or self._batched.rows.database.client is not rows.database.client:
            self._batched = BatchedCollection(rows)
        return self._batched

    @property
    def _database(self) -> Database:
        database: Database = (
            get_db(self.document._meta["db_alias"]) if self._simulated is None else self._simulated
        )
        return database

    @property
    def _kind(self) -> str:
        name: str = self.document._get_collection_name()
        return name

    @property
    def _processed(self) -> ProcessedEvents:
        moved: Rows = self._database[HANDLED]
        return ProcessedEvents(moved, self._kind)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.aggregate)

    def _load(self, id: str) -> dict[str, Any]:
        row = self._find(id)
        if row is None:
            raise NotFound(what=self.aggregate.__name__)
        return row

    def _find(self, id: str) -> dict[str, Any] | None:
        row: dict[str, Any] | None = self._store.find_one({"_id": id})
        return row

    def _update(
        self, id: str, change: Callable[[A], T], authorise: Authorise[A], because: Event | None
    ) -> tuple[A, T | None]:
        for attempt in range(MAX_ATTEMPTS):
            before = self._load(id)
            aggregate = self.to_domain(before)
            authorise(aggregate)
            if because and self._processed.contains(before, because):
                return aggregate, None
            answer = change(aggregate)
            if self._commit(aggregate, before, because):
                return aggregate, answer
            self._effects.pause(attempt)
        raise Contention(what=self.aggregate.__name__)

    def _commit(self, aggregate: A, before: dict[str, Any], because: Event | None) -> bool:
        write = self.write_of(aggregate, before, because)
        if write is None:
            return True
        guard = {"_id": aggregate.id, "version": before["version"]}
        try:
            won: bool = self._store.update_one(guard, write).matched_count == 1
        except DuplicateKeyError as error:
            raise self.conflict(error) from error
        if won:
            crash_point("after-write")
            self.committed(aggregate)
        return won

    def write_of(
        self, aggregate: A, before: dict[str, Any], because: Event | None = None
    ) -> dict[str, Any] | None:
        """The write that makes of the row `before` what the aggregate has become; None when that is the same.

        Only what differs is set: the write is conditional on the version, and so on all of `before`.
        """
        outbox, state = self._stamp(aggregate), self.to_document(aggregate, before)
        changed = {
            name: value for name, value in state.items() if name not in before or before[name] != value
        }
        if not outbox and not because and not changed:
            return None
        aggregate.version += 1
        changed |= {"version": aggregate.version, "write_id": self._effects.new_id()}
        write: dict[str, Any] = {"$set": changed, "$push": {}}
        if outbox:
            write["$push"]["outbox"] = {"$each": outbox}
            changed["recorded_at"] = outbox[-1]["at"]
        if because:
            self._processed.add_to_write(before, because, write)
        return write if write["$push"] else {"$set": changed}

    def committed(self, aggregate: A) -> None:
        """Its write is durable: the relay may look."""
        if aggregate.events:
            notify()
        aggregate.events.clear()

    def _stamp(self, aggregate: A) -> list[dict[str, Any]]:
        now = self._clock()
        entries = []
        for event in aggregate.events:
            aggregate.sequence += 1
            stamped = replace(event, meta=_meta(event, aggregate, now, self._effects.new_id()))
            entries.append(
                {"id": stamped.published.id, "type": event.TYPE, "at": now, "body": encode(stamped)}
            )
        return entries

    def conflict(self, error: DuplicateKeyError) -> DomainError:
        """The refusal that the violated index means."""
        message = str((error.details or {}).get("errmsg", ""))
        for index, refusal in self.conflicts.items():
            if f"index: {index} " in message:
                return refusal()
        return AlreadyExists(what=self.aggregate.__name__)


class AlreadyExists(DomainError):
    """已存在: something with this id exists already."""

    code = "exists"
    kind = ErrorKind.CONFLICT
    message = "{what} exists already 已存在."


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
    if type(value) in STORED_AS_THEY_ARE:  # nearly all of a large document: looked at first
        return value
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

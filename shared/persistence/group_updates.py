"""`Repository.update` for callers on an event loop: of all that ask at once, one read and one write.

Updates of one aggregate wait for each other before they join a group, and who loses a race leaves the group
and joins another: nobody waits for somebody else's aggregate, however many ask for that one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import bson
from pymongo.errors import DuplicateKeyError

from shared.crash_points import crash_point
from shared.domain.errors import Contention, DomainError, NotFound
from shared.persistence.batched_collection import BatchedCollection, Update, UpdateResult
from shared.persistence.gathering import Gatherer
from shared.persistence.ports import Row

MAX_ATTEMPTS = 12
LOST = object()  # the answer to who lost a race


class Aggregates(Protocol):
    """What a repository does with each of a group."""

    aggregate: ClassVar[type[Any]]

    def to_domain(self, row: dict[str, Any]) -> Any:
        """The aggregate that a stored row holds."""

    def write_of(self, aggregate: Any, before: dict[str, Any]) -> dict[str, Any] | None:
        """The write that makes of the row what the aggregate has become; None when that is the same."""

    def committed(self, aggregate: Any) -> None:
        """Its write is durable."""

    def conflict(self, error: DuplicateKeyError) -> DomainError:
        """The refusal that the violated index means."""


@dataclass(frozen=True)
class _Request:
    id: str
    change: Callable[[Any], Any]
    authorise: Callable[[Any], object]
    context: Context  # of the caller: its trace goes into the events


@dataclass(frozen=True)
class _Changed:
    request: _Request
    aggregate: Any
    answer: Any
    update: Update | None  # None: nothing is to be written


class GroupUpdates:
    """Updates of the aggregates of one repository. `pause` waits after lost race n, from 0."""

    def __init__(
        self, aggregates: Aggregates, store: Callable[[], BatchedCollection], pause: Callable[[int], None]
    ) -> None:
        self._aggregates, self._store, self._pause = aggregates, store, pause
        self._gatherer: Gatherer[_Request, Any] = Gatherer(self._attempt)
        self._locks = Locks()

    async def update(self, id: str, change: Callable[[Any], Any], authorise: Callable[[Any], object]) -> Any:
        """As `Repository.update`."""
        request = _Request(id, change, authorise, copy_context())
        async with self._locks.of(id):
            for attempt in range(MAX_ATTEMPTS):
                answer = await self._gatherer.send(request)
                if answer is not LOST:
                    return answer
                await asyncio.to_thread(self._pause, attempt)
        raise Contention(what=self._aggregates.aggregate.__name__)

    def _attempt(self, requests: Sequence[_Request]) -> Sequence[Any]:
        """The answer to each, what it raises, or LOST. Of several changes of one aggregate one is made."""
        answers: dict[int, Any] = {}
        first = {request.id: request for request in reversed(requests)}
        rows, writing = self._store().find_each([*first]), list[_Changed]()
        for request in first.values():
            try:
                changed = request.context.run(self._change, request, rows.get(request.id))
            except Exception as error:
                answers[id(request)] = error
                continue
            if changed.update:
                writing.append(changed)
            else:
                answers[id(request)] = changed.answer
        updates = [changed.update for changed in writing if changed.update]
        for changed, outcome in zip(writing, self._store().update_each(updates), strict=True):
            self._conclude(changed, outcome, answers)
        return [answers.get(id(request), LOST) for request in requests]

    def _change(self, request: _Request, row: Row | None) -> _Changed:
        if row is None:
            raise NotFound(what=self._aggregates.aggregate.__name__)
        aggregate = self._aggregates.to_domain(row)
        request.authorise(aggregate)
        answer = request.change(aggregate)
        write = self._aggregates.write_of(aggregate, row)
        bson.encode(write or {})  # a bad one fails here, alone
        update = Update(id=request.id, version=row["version"], change=write) if write else None
        return _Changed(request, aggregate, answer, update)

    def _conclude(
        self, changed: _Changed, outcome: UpdateResult | BaseException, answers: dict[int, Any]
    ) -> None:
        if isinstance(outcome, DuplicateKeyError):
            answers[id(changed.request)] = self._aggregates.conflict(outcome)
        elif isinstance(outcome, BaseException):
            answers[id(changed.request)] = outcome
        elif outcome.matched_count:
            crash_point("after-write")
            self._aggregates.committed(changed.aggregate)
            answers[id(changed.request)] = changed.answer


class Locks:
    """A lock for each id, for callers on an event loop: one after the other, in the order of their coming."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, str], _Lock] = {}

    @asynccontextmanager
    async def of(self, id: str) -> AsyncIterator[None]:
        """The lock of this id, held while the context lasts."""
        key = (hash(asyncio.get_running_loop()), id)
        held = self._held.setdefault(key, _Lock())
        held.wanted += 1
        try:
            async with held.lock:
                yield
        finally:
            held.wanted -= 1
            if not held.wanted:
                del self._held[key]


class _Lock:
    def __init__(self) -> None:
        self.lock, self.wanted = asyncio.Lock(), 0

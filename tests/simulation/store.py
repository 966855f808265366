"""A database in memory with MongoDB's guarantees: documents are BSON, and each changes atomically."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC
from typing import Any

import bson
from bson.codec_options import CodecOptions
from pymongo.errors import BulkWriteError, DuplicateKeyError

from tests.simulation.operators import apply, matches, value_at

OPTIONS = CodecOptions(tz_aware=True, tzinfo=UTC)
DUPLICATE_KEY = 11000
Step = Callable[[str], None]
OnWrite = Callable[[str, dict | None, dict], None]


class Collection:
    """What `ports.Rows` asks for. `step` is called before each access, `on_write` after each write."""

    def __init__(self, name: str, step: Step, on_write: OnWrite) -> None:
        self.name, self._step, self._on_write = name, step, on_write
        self._stored: dict[str, bytes] = {}
        self._unsent: set[str] = set()  # the partial index of outboxes

    def find_one(self, filter: dict[str, Any]) -> dict[str, Any] | None:
        self._step("read")
        return next(self._matching(filter), None)

    def find_each(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        """As BatchedCollection: the documents that there are, by id."""
        self._step("read")
        return {id: document for id in ids for document in self._matching({"_id": id})}

    def update_each(self, updates: list[Any]) -> list["UpdateResult"]:
        """As BatchedCollection: each conditional, and not atomic together."""
        return [
            self.update_one({"_id": update.id, "version": update.version}, update.change)
            for update in updates
        ]

    def find(self, filter: dict[str, Any], projection: dict[str, int] | None = None) -> "Cursor":
        self._step("read")
        return Cursor(list(self._matching(filter)))

    def insert_one(self, document: dict[str, Any]) -> None:
        self._step("write")
        self._insert(document)

    def insert_many(self, documents: list[dict[str, Any]], ordered: bool = True) -> None:
        self._step("write")
        errors = []
        for document in documents:
            try:
                self._insert(document)
            except DuplicateKeyError:
                errors.append({"code": DUPLICATE_KEY})
        if errors:
            raise BulkWriteError({"writeErrors": errors})

    def update_one(self, filter: dict[str, Any], update: dict[str, Any]) -> "UpdateResult":
        self._step("write")
        return self._update(filter, update)

    def update_many(self, filter: dict[str, Any], update: dict[str, Any]) -> None:
        for document in list(
            self._matching(filter)
        ):  # not atomic together: another write may come in between
            self._step("write")
            self._update({"_id": document["_id"]}, update)

    def unsent(self) -> int:
        """How many documents have events in their outbox, without a step."""
        return len(self._unsent)

    def peek(self) -> list[dict[str, Any]]:
        """All documents, without a step."""
        return [bson.decode(stored, OPTIONS) for stored in self._stored.values()]

    def _insert(self, document: dict[str, Any]) -> None:
        if document["_id"] in self._stored:
            raise DuplicateKeyError("E11000 duplicate key", DUPLICATE_KEY, {"errmsg": "index: _id_ dup key"})
        self._put(None, document)

    def _update(self, filter: dict[str, Any], update: dict[str, Any]) -> "UpdateResult":
        before = next(self._matching(filter), None)
        if before is None:
            return UpdateResult(0)
        self._put(before, apply(before, update))
        return UpdateResult(1)

    def _put(self, before: dict | None, after: dict[str, Any]) -> None:
        self._stored[after["_id"]] = bson.encode(after)
        (self._unsent.add if after.get("outbox") else self._unsent.discard)(after["_id"])
        self._on_write(self.name, before, after)

    def _matching(self, filter: dict[str, Any]) -> Any:
        rest = dict(filter)
        if isinstance(id := rest.get("_id"), str):
            keys = [id] if id in self._stored else []
        elif isinstance(id, dict) and "$in" in id:
            keys = sorted(set(rest.pop("_id")["$in"]) & self._stored.keys())
        elif rest.pop("outbox.at", None):
            keys = sorted(self._unsent)
        else:
            keys = sorted(self._stored)
        documents = (bson.decode(self._stored[key], OPTIONS) for key in keys)
        return (document for document in documents if matches(document, rest))


class Cursor:
    """The result of `find`."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self._documents = documents

    def sort(self, key: str, direction: int) -> "Cursor":
        return Cursor(
            sorted(self._documents, key=lambda document: value_at(document, key), reverse=direction < 0)
        )

    def skip(self, count: int) -> "Cursor":
        return Cursor(self._documents[count:])

    def limit(self, count: int) -> "Cursor":
        return Cursor(self._documents[:count])

    def __iter__(self) -> Any:
        return iter(self._documents)


class UpdateResult:
    """The outcome of an update, as pymongo names it."""

    def __init__(self, matched_count: int) -> None:
        self.matched_count = matched_count


class Database(defaultdict):
    """Collections by name."""

    def __init__(self, step: Step = lambda _: None, on_write: OnWrite = lambda *_: None) -> None:
        super().__init__()
        self._step, self._on_write = step, on_write

    def unsent(self) -> int:
        """How many documents of all collections have events in their outbox, without a step."""
        return sum(collection.unsent() for collection in self.values())

    def __missing__(self, name: str) -> Collection:
        self[name] = Collection(name, self._step, self._on_write)
        return self[name]

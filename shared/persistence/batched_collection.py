"""A collection whose single reads and writes, requested by many callers at once, go to MongoDB in groups.

Each keeps its own outcome. MongoDB reports only how many updates of a group met their condition; when that is
not all of them, the stored `write_id` tells whose write it was (docs/adr/0011).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError, WriteError

from shared.persistence.batcher import Batcher
from shared.persistence.ports import Row

DUPLICATE_KEYS = (11000, 11001, 12582)


class OutcomeUnknown(PyMongoError):
    """The write may or may not have been done, as after a lost connection. Trying again is safe for an
    event; a client looks first."""


@dataclass(frozen=True, kw_only=True)
class UpdateResult:
    """How many documents met the condition of an update: 0 or 1."""

    matched_count: int


@dataclass(frozen=True, kw_only=True)
class Insert:
    """A new document, encoded."""

    document: bytes

    @property
    def request(self) -> Any:
        return InsertOne(RawBSONDocument(self.document))


@dataclass(frozen=True, kw_only=True)
class Update:
    """A change of the document with this `_id`, if its version is still `version`; it makes the next."""

    id: Any
    version: int
    change: Mapping[str, Any]

    @property
    def write_id(self) -> str:
        """Which write it is."""
        write_id: str = self.change["$set"]["write_id"]
        return write_id

    @property
    def request(self) -> Any:
        return UpdateOne({"_id": self.id, "version": self.version}, self.change)


Write = Insert | Update
MATCHED, LOST = UpdateResult(matched_count=1), UpdateResult(matched_count=0)


class BatchedCollection:
    """The part of `shared.persistence.ports.Rows` that handles one document, for a real collection."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows
        self._reads: Batcher[Any, Row | None] = Batcher(self._find_all)
        self._writes: Batcher[Write, UpdateResult] = Batcher(self._write_all)

    def find_one(self, filter: Mapping[str, Any]) -> Row | None:
        """The document with this `_id`."""
        return self._reads.send(filter["_id"])

    def insert_one(self, document: Row) -> None:
        """Raises DuplicateKeyError."""
        self._writes.send(Insert(document=bson.encode(document)))  # a bad one fails here, alone

    def update_one(self, filter: Mapping[str, Any], update: Mapping[str, Any]) -> UpdateResult:
        """`filter` is `_id` and `version`; `update` sets the next version and a `write_id`.

        Raises DuplicateKeyError, and OutcomeUnknown when others have written twice before we could look.
        """
        bson.encode(update)  # a bad one fails here, alone
        return self._writes.send(Update(id=filter["_id"], version=filter["version"], change=update))

    def find_each(self, ids: Sequence[Any]) -> dict[Any, Row]:
        """Those documents that exist, by `_id`."""
        return {row["_id"]: row for row in self._find_all([*ids]) if row}

    def update_each(self, updates: Sequence[Update]) -> list[UpdateResult | BaseException]:
        """The outcome of each, no two of them of one document, or what `update_one` would raise."""
        return self._write_all([*updates]) if updates else []

    def _find_all(self, ids: list[Any]) -> list[Row | None]:
        if len(ids) == 1:
            return [self.rows.find_one({"_id": ids[0]})]
        found = {row["_id"]: row for row in self.rows.find({"_id": {"$in": ids}})}
        return [found.get(id) for id in ids]

    def _write_all(self, writes: list[Write]) -> list[UpdateResult | BaseException]:
        """Of several updates of one document only one can win: the first of those with the newest version."""
        if len(writes) == 1:
            return [self._write_alone(writes[0])]
        newest: dict[Any, Update] = {}
        for write in writes:
            if isinstance(write, Update) and _is_newer(write, newest.get(write.id)):
                newest[write.id] = write
        chosen = [write for write in writes if isinstance(write, Insert) or newest[write.id] is write]
        outcomes = dict(zip(map(id, chosen), self._write_each(chosen), strict=True))
        return [outcomes.get(id(write), LOST) for write in writes]

    def _write_alone(self, write: Write) -> UpdateResult | BaseException:
        try:
            if isinstance(write, Insert):
                self.rows.insert_one(RawBSONDocument(write.document))
                return MATCHED
            guard = {"_id": write.id, "version": write.version}
            return MATCHED if self.rows.update_one(guard, write.change).matched_count else LOST
        except WriteError as error:
            return error

    def _write_each(self, writes: list[Write]) -> list[UpdateResult | BaseException]:
        result = self._sent(writes)
        failed = {failure["index"]: _error(failure) for failure in result["writeErrors"]}
        updates = {
            n: write for n, write in enumerate(writes) if isinstance(write, Update) and n not in failed
        }
        outcomes = dict(zip(updates, self._outcomes([*updates.values()], result["nMatched"]), strict=True))
        return [failed.get(n) or outcomes.get(n, MATCHED) for n in range(len(writes))]

    def _sent(self, writes: list[Write]) -> Mapping[str, Any]:
        """The result of the bulk write."""
        try:
            return self.rows.bulk_write([write.request for write in writes], ordered=False).bulk_api_result  # type: ignore[no-any-return]
        except BulkWriteError as error:
            result = error.details or {}
            if result["writeConcernErrors"]:
                raise
            return result

    def _outcomes(self, updates: list[Update], matched: int) -> list[UpdateResult | BaseException]:
        """Which of them met their condition, when `matched` did."""
        if matched in (0, len(updates)):
            return [MATCHED if matched else LOST for _ in updates]
        ids = [update.id for update in updates]
        rows = self.rows.find({"_id": {"$in": ids}}, {"version": 1, "write_id": 1})
        stored = {row["_id"]: row for row in rows}
        visible = [_visible_outcome(update, stored.get(update.id)) for update in updates]
        hidden = _hidden_outcome(matched - visible.count(MATCHED), visible.count(None))
        return [hidden if outcome is None else outcome for outcome in visible]


def _is_newer(update: Update, other: Update | None) -> bool:
    return other is None or update.version > other.version


def _visible_outcome(update: Update, stored: Row | None) -> UpdateResult | None:
    """What the stored document shows; None when others have written since."""
    written = update.version + 1
    if stored is None or stored["version"] < written:
        return LOST
    if stored["version"] > written:
        return None
    return MATCHED if stored.get("write_id") == update.write_id else LOST


def _hidden_outcome(matched: int, count: int) -> UpdateResult | BaseException:
    """What holds for each of `count` updates of which `matched` met their condition."""
    if matched in (0, count):
        return MATCHED if matched else LOST
    return OutcomeUnknown("others have written since, and not all of this group met their condition")


def _error(failure: dict[str, Any]) -> WriteError:
    kind = DuplicateKeyError if failure["code"] in DUPLICATE_KEYS else WriteError
    return kind(failure["errmsg"], failure["code"], failure)

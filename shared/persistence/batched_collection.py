"""A collection whose single reads and writes, asked for by many at once, go to MongoDB in groups.

Each keeps its own outcome. MongoDB tells only how many updates of a group met their condition; when that is
not all of them, the stored `write_id` says whose write it was (docs/adr/0011).
"""

from collections.abc import Mapping
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
class Matched:
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
MATCHED, LOST = Matched(matched_count=1), Matched(matched_count=0)


class BatchedCollection:
    """The part of `shared.persistence.ports.Rows` that handles one document, for a real collection."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows
        self._reads: Batcher[Any, Row | None] = Batcher(self._find_all)
        self._writes: Batcher[Write, Matched] = Batcher(self._write_all)

    def find_one(self, filter: Mapping[str, Any]) -> Row | None:
        """The document with this `_id`."""
        return self._reads.ask(filter["_id"])

    def insert_one(self, document: Row) -> None:
        """Raises DuplicateKeyError."""
        self._writes.ask(Insert(document=bson.encode(document)))  # a bad one fails here, alone

    def update_one(self, filter: Mapping[str, Any], update: Mapping[str, Any]) -> Matched:
        """`filter` is `_id` and `version`; `update` sets the next version and a `write_id`.

        Raises DuplicateKeyError, and OutcomeUnknown when others have written twice before we could look.
        """
        bson.encode(update)  # a bad one fails here, alone
        return self._writes.ask(Update(id=filter["_id"], version=filter["version"], change=update))

    def _find_all(self, ids: list[Any]) -> list[Row | None]:
        if len(ids) == 1:
            return [self.rows.find_one({"_id": ids[0]})]
        found = {row["_id"]: row for row in self.rows.find({"_id": {"$in": ids}})}
        return [found.get(id) for id in ids]

    def _write_all(self, writes: list[Write]) -> list[Matched | BaseException]:
        """Of several updates of one document only one can win: the first of those that know it best."""
        if len(writes) == 1:
            return [self._write_alone(writes[0])]
        best: dict[Any, Update] = {}
        for it in writes:
            if isinstance(it, Update) and (it.id not in best or it.version > best[it.id].version):
                best[it.id] = it
        chosen = [it for it in writes if isinstance(it, Insert) or best[it.id] is it]
        outcomes = dict(zip(map(id, chosen), self._write_each(chosen), strict=True))
        return [outcomes.get(id(it), LOST) for it in writes]

    def _write_alone(self, write: Write) -> Matched | BaseException:
        try:
            if isinstance(write, Insert):
                self.rows.insert_one(RawBSONDocument(write.document))
                return MATCHED
            guard = {"_id": write.id, "version": write.version}
            return MATCHED if self.rows.update_one(guard, write.change).matched_count else LOST
        except WriteError as error:
            return error

    def _write_each(self, writes: list[Write]) -> list[Matched | BaseException]:
        result = self._sent(writes)
        failed = {it["index"]: _error(it) for it in result["writeErrors"]}
        updates = {at: it for at, it in enumerate(writes) if isinstance(it, Update) and at not in failed}
        told = dict(zip(updates, self._outcomes([*updates.values()], result["nMatched"]), strict=True))
        return [failed.get(at) or told.get(at, MATCHED) for at in range(len(writes))]

    def _sent(self, writes: list[Write]) -> Mapping[str, Any]:
        """The result of the bulk write."""
        try:
            return self.rows.bulk_write([it.request for it in writes], ordered=False).bulk_api_result  # type: ignore[no-any-return]
        except BulkWriteError as error:
            result = error.details or {}
            if result["writeConcernErrors"]:
                raise
            return result

    def _outcomes(self, updates: list[Update], matched: int) -> list[Matched | BaseException]:
        """Which of them met their condition, when `matched` did."""
        if matched in (0, len(updates)):
            return [MATCHED if matched else LOST for _ in updates]
        ids = [it.id for it in updates]
        stands = {
            row["_id"]: row for row in self.rows.find({"_id": {"$in": ids}}, {"version": 1, "write_id": 1})
        }
        seen = [_seen(it, stands.get(it.id)) for it in updates]
        unseen = _unseen(matched - seen.count(MATCHED), seen.count(None))
        return [unseen if it is None else it for it in seen]


def _seen(update: Update, stands: Row | None) -> Matched | None:
    """What a look at the document says; None: others have written since."""
    made = update.version + 1
    if stands is None or stands["version"] < made:
        return LOST
    if stands["version"] > made:
        return None
    return MATCHED if stands.get("write_id") == update.write_id else LOST


def _unseen(matched: int, count: int) -> Matched | BaseException:
    """What holds for each of `count` updates of which `matched` met their condition."""
    if matched in (0, count):
        return MATCHED if matched else LOST
    return OutcomeUnknown("others have written since, and not all of this group met their condition")


def _error(it: dict[str, Any]) -> WriteError:
    kind = DuplicateKeyError if it["code"] in DUPLICATE_KEYS else WriteError
    return kind(it["errmsg"], it["code"], it)

"""Reads and writes in groups, on the real MongoDB: each keeps its own outcome."""

from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex

import pytest
from bson import encode
from mongoengine.connection import get_db
from pymongo.errors import DuplicateKeyError, WriteError

from shared.persistence.batched_collection import (
    LOST,
    MATCHED,
    BatchedCollection,
    Insert,
    OutcomeUnknown,
    Update,
)
from shared.persistence.connection import connect, disconnect
from shared.settings import Settings, read
from shared.tests.probe import ALIAS


@pytest.fixture(scope="module")
def rows(servers):
    connect(read(Settings, servers.env_for(ALIAS)))
    collection = get_db(ALIAS)["probe_grouped"]
    collection.create_index("name", name="one_name", unique=True, sparse=True)
    yield collection
    collection.drop()
    disconnect(ALIAS)


def stored(rows, **more):
    document = {"_id": token_hex(8), "version": 0, "value": 0} | more
    rows.insert_one(document)
    return document["_id"]


def an_update(id, version, write_id="mine", **more):
    return Update(id=id, version=version, change=a_change(version, write_id, **more))


def a_change(version, write_id, **more):
    return {"$set": {"version": version + 1, "write_id": write_id, **more}, "$inc": {"value": 1}}


def an_insert(**document):
    return Insert(document=encode({"_id": token_hex(8), **document}))


def test_each_of_a_group_is_done(rows):
    ids = [stored(rows) for _ in range(3)]
    writes = [an_insert(), *(an_update(id, 0) for id in ids)]
    assert BatchedCollection(rows)._write_all(writes) == [MATCHED] * 4
    assert [rows.find_one({"_id": id})["value"] for id in ids] == [1, 1, 1]


def test_who_lost_is_told_and_the_others_are_done(rows):
    won, lost = stored(rows), stored(rows, version=3, write_id="theirs")
    outcomes = BatchedCollection(rows)._write_all(
        [an_update(won, 0), an_update(lost, 2), an_update("nowhere", 0)]
    )
    assert outcomes == [MATCHED, LOST, LOST]


def test_of_two_changes_of_one_version_one_wins(rows):
    id = stored(rows)
    outcomes = BatchedCollection(rows)._write_all([an_update(id, 0, "first"), an_update(id, 0, "second")])
    assert outcomes == [MATCHED, LOST]
    assert rows.find_one({"_id": id})["write_id"] == "first"


def test_a_change_of_an_older_version_than_another_knows_has_lost(rows):
    id = stored(rows, version=4)
    assert BatchedCollection(rows)._write_all([an_update(id, 2), an_update(id, 4)]) == [LOST, MATCHED]


def test_a_broken_unique_index_is_its_own_writers_fault(rows):
    taken, other = token_hex(8), stored(rows)
    stored(rows, name=taken)
    writes = [an_insert(name=taken), an_update(other, 0, name=taken), an_insert()]
    first, second, third = BatchedCollection(rows)._write_all(writes)
    assert isinstance(first, DuplicateKeyError)
    assert isinstance(second, DuplicateKeyError)
    assert "index: one_name " in second.details["errmsg"]
    assert third == MATCHED


def test_what_the_server_refuses_is_refused_alone(rows):
    text, fine = stored(rows, value="text"), stored(rows)
    refused, done = BatchedCollection(rows)._write_all([an_update(text, 0), an_update(fine, 0)])
    assert isinstance(refused, WriteError)
    assert done == MATCHED


def test_a_document_that_cannot_be_written_fails_before_it_joins(rows):
    with pytest.raises(Exception, match="cannot encode"):
        BatchedCollection(rows).insert_one({"_id": "a", "value": object()})


class Interrupted:
    """The collection, where another process writes right behind each group."""

    def __init__(self, rows, then):
        self._rows, self._then = rows, then

    def bulk_write(self, *arguments, **options):
        result = self._rows.bulk_write(*arguments, **options)
        self._then()
        return result

    def find(self, *arguments):
        return self._rows.find(*arguments)


def theirs(rows, *ids, version=1):
    """Another process's writes, which make the version behind `version`."""
    return lambda: [rows.update_one({"_id": id}, a_change(version, "theirs")) for id in ids]


def test_when_others_have_written_since_the_count_tells(rows):
    won, lost = stored(rows), stored(rows, version=3)
    group = BatchedCollection(Interrupted(rows, theirs(rows, won)))
    assert group._write_all([an_update(won, 0), an_update(lost, 2)]) == [MATCHED, LOST]
    group = BatchedCollection(Interrupted(rows, theirs(rows, lost, version=3)))
    assert group._write_all([an_update(stored(rows), 0), an_update(lost, 2)]) == [MATCHED, LOST]


def test_when_the_count_does_not_tell_the_outcome_is_unknown_not_guessed(rows):
    won, lost = stored(rows), stored(rows, version=3)

    def both():
        theirs(rows, won)()
        theirs(rows, lost, version=3)()

    first, second = BatchedCollection(Interrupted(rows, both))._write_all(
        [an_update(won, 0), an_update(lost, 2)]
    )
    assert isinstance(first, OutcomeUnknown)
    assert isinstance(second, OutcomeUnknown)


def test_when_none_met_its_condition_nobody_needs_to_look(rows):
    first, second = stored(rows, version=3), stored(rows, version=3)
    group = BatchedCollection(Interrupted(rows, theirs(rows, first, version=5)))
    assert group._write_all([an_update(first, 2), an_update(second, 2)]) == [LOST, LOST]


def test_when_all_met_theirs_nobody_needs_to_look(rows):
    first, second = stored(rows), stored(rows)
    group = BatchedCollection(Interrupted(rows, theirs(rows, first)))
    assert group._write_all([an_update(first, 0), an_update(second, 0)]) == [MATCHED, MATCHED]


def test_who_is_alone_hears_the_same(rows):
    id, taken = stored(rows), token_hex(8)
    grouped = BatchedCollection(rows)
    assert grouped._write_all([an_update(id, 0)]) == [MATCHED]
    assert grouped._write_all([an_update(id, 0)]) == [LOST]
    assert grouped._write_all([an_insert(name=taken)]) == [MATCHED]
    assert isinstance(grouped._write_all([an_insert(name=taken)])[0], DuplicateKeyError)


def test_each_reader_gets_what_it_asked_for(rows):
    ids = [stored(rows, name=token_hex(8)) for _ in range(3)]
    found = BatchedCollection(rows)._find_all([*ids, "nowhere", ids[0]])
    assert [it and it["_id"] for it in found] == [*ids, None, ids[0]]


def count_up(grouped, id):
    """As an aggregate's update does: read, write on condition, again when lost. How often it won."""
    while True:
        row = grouped.find_one({"_id": id})
        try:
            change = {"$set": {"version": row["version"] + 1, "write_id": token_hex(8)}, "$inc": {"value": 1}}
            if grouped.update_one({"_id": id, "version": row["version"]}, change).matched_count:
                return 1
        except OutcomeUnknown:
            return 0  # it may have been done


def test_two_processes_with_many_threads_lose_no_change_and_double_none(rows):
    ids = [stored(rows) for _ in range(3)]
    processes = [BatchedCollection(rows), BatchedCollection(rows)]
    with ThreadPoolExecutor(8) as pool:
        work = [(processes[it % 2], ids[it % 3]) for it in range(300)]
        unknown = 300 - sum(pool.map(lambda it: count_up(*it), work))
    found = [rows.find_one({"_id": id}) for id in ids]
    assert 300 - unknown <= sum(it["value"] for it in found) <= 300
    assert [it["value"] for it in found] == [it["version"] for it in found]

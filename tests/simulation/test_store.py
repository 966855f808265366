"""The simulated store answers as MongoDB does, operation by operation."""

from datetime import timedelta
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mongoengine.connection import get_db
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.domain.clock import utc_now
from shared.persistence.connection import connect, disconnect
from shared.settings import Settings, read
from tests.simulation.store import Database

ALIAS = "enrollment"
NOW = utc_now()
WAKE = {version: NOW + timedelta(seconds=version) for version in (1, 2)} | {0: None, 3: None}
KEYS = st.sampled_from(["a", "b", "c"])
VERSIONS = st.integers(0, 3)
INSERT = st.tuples(st.just("insert"), KEYS, VERSIONS)
INSERT_MANY = st.tuples(st.just("insert_many"), st.lists(KEYS, min_size=1, max_size=3), VERSIONS)
PUSH = st.tuples(st.just("push"), KEYS, VERSIONS)
PULL = st.tuples(st.just("pull"), KEYS, VERSIONS)
UNSENT = st.tuples(st.just("unsent"), st.lists(KEYS, max_size=2), VERSIONS)
WAKING = st.tuples(st.just("waking"), st.sampled_from(["$lt", "$lte", "$gt", "$ne"]), VERSIONS)


@pytest.fixture(scope="module")
def database(servers):
    connect(read(Settings, servers.env_for(ALIAS)))
    yield get_db(ALIAS)
    disconnect(ALIAS)


def do(rows, operation):
    """The outcome of one operation, as a caller sees it."""
    name, key, version = operation
    try:
        return OPERATIONS[name](rows, key, version)
    except (DuplicateKeyError, BulkWriteError) as error:
        return type(error)


def insert(rows, key, version):
    rows.insert_one(document(key, version))


def insert_many(rows, keys, version):
    rows.insert_many([document(key, version) for key in keys], ordered=False)


def push(rows, key, version):
    entry = {"id": f"e{version}", "at": NOW}
    update = {"$set": {"version": version + 1}, "$push": {"outbox": {"$each": [entry]}, "handled": entry}}
    return rows.update_one({"_id": key, "version": version}, update).matched_count


def pull(rows, key, version):
    wanted = {"$pull": {"outbox": {"id": {"$in": [f"e{version}"]}}}}
    rows.update_many({"_id": {"$in": [key, "c"]}}, wanted)


def unsent(rows, halted, _):
    where = {"outbox.at": {"$exists": True}, "_id": {"$nin": halted}}
    return sorted(row["_id"] for row in rows.find(where, {"outbox": 1}).sort("outbox.at", 1).limit(5))


def waking(rows, operator, version):
    """Those whose time has come; the times of two are unknown."""
    wanted = None if operator == "$ne" else WAKE[version] or NOW
    return [row["_id"] for row in rows.find({"wake_at": {operator: wanted}}).sort("_id", 1).limit(5)]


def document(key, version):
    return {"_id": key, "version": version, "outbox": [], "handled": [], "wake_at": WAKE.get(version)}


OPERATIONS = {
    "insert": insert,
    "insert_many": insert_many,
    "push": push,
    "pull": pull,
    "unsent": unsent,
    "waking": waking,
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(st.one_of(INSERT, INSERT_MANY, PUSH, PUSH, PULL, UNSENT, WAKING), max_size=25))
def test_the_simulated_store_answers_as_mongodb_does(database, operations):
    real, simulated = database[f"differential_{token_hex(4)}"], Database()["rows"]
    try:
        for operation in operations:
            assert do(simulated, operation) == do(real, operation), operation
        for key in ("a", "b", "c"):
            assert simulated.find_one({"_id": key}) == real.find_one({"_id": key})
    finally:
        real.drop()

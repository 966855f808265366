"""The lease, on a real database."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from shared.persistence.lease import LEASE, Lease
from testkit.fixtures import Servers
from testkit.waiting import eventually


@pytest.fixture
def leases(servers: Servers) -> Iterator[Any]:
    with MongoClient(servers.env_for("audit")["XUESHI_MONGO_URI"], tz_aware=True) as client:
        collection = client.get_default_database()["test_lease"]
        collection.drop()
        yield collection


def test_one_holds_it_until_it_falls_silent(leases: Any) -> None:
    first, second = Lease(leases), Lease(leases)
    assert first.held()
    assert not second.held()
    assert first.held()
    assert eventually(second.held, seconds=30)
    assert leases.count_documents({}) == 1


def test_it_runs_by_the_databases_clock(leases: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process an hour ahead, killed, kept the log's reader away for that hour."""
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert Lease(leases).held()
    now = leases.database.client.admin.command("hello")["localTime"].replace(tzinfo=UTC)
    assert leases.find_one()["until"] - now <= LEASE + timedelta(seconds=1)

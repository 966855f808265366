"""What is committed and not yet sent, as an operator sees it."""

import json
from secrets import token_hex

import pytest

from shared.messaging import topology
from shared.persistence.connection import connect, disconnect
from shared.persistence.lease import Lease
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, Counters
from testkit.fixtures import Servers


@pytest.fixture
def counters(servers: Servers):
    """Aggregates in the tests' own database of a real service, which no relay empties."""
    connect(read(Settings, servers.env_for(ALIAS)))
    counters = Counters()
    counters.rows.delete_many({})
    counters.ensure_indexes()
    yield counters
    counters.rows.drop()
    counters.rows.database["reader_lease"].drop()
    disconnect(ALIAS)


def status_of(answer, service=ALIAS):
    return next(row for row in json.loads(answer.stdout) if row["service"] == service)


def unsent(counters, events):
    id = token_hex(8)
    counters.add(Counter(id=id))
    for _ in range(events):
        counters.update(id, lambda counter: counter.raise_by(1))


def test_unsent_events_their_age_and_who_has_the_lease_are_shown(operate, counters):
    before = status_of(operate("outbox", "status", "--json"))["unsent"]
    unsent(counters, 2), unsent(counters, 1)
    nobody = status_of(operate("outbox", "status", "--json"))
    assert nobody["unsent"] == before + 3
    assert nobody["oldest_seconds"] > 0
    assert nobody["relay"] is None
    assert Lease(counters.rows.database["reader_lease"]).held()
    held = status_of(operate("outbox", "status", "--json"))
    assert held["relay"]
    assert 0 < held["lease_seconds"] <= 5


def test_a_connection_that_has_the_turn_is_the_relay(operate, channel):
    channel.queue_declare(topology.relay_turn("learning"), exclusive=True)
    assert status_of(operate("outbox", "status", "--json"), "learning")["relay"] == "connected"
    channel.queue_delete(topology.relay_turn("learning"))
    assert status_of(operate("outbox", "status", "--json"), "learning")["relay"] is None


def test_an_old_unsent_event_is_an_alarm(operate, counters):
    unsent(counters, 1)
    assert operate("outbox", "status", "--max-age", "1d").returncode == 0
    late = operate("outbox", "status", "--max-age", "0s")
    assert late.returncode == 1
    assert f"{ALIAS}: an event has waited" in late.stderr
    assert ALIAS in late.stdout


def test_the_database_of_one_service_away_does_not_hide_the_others(operate):
    gone = "mongodb://me:hunter2@127.0.0.1:1/payment?directConnection=true"
    answer = operate("outbox", "status", "--json", XUESHI_MONGO_URI_PAYMENT=gone)
    assert answer.returncode == 3
    assert "payment" in answer.stderr
    assert "hunter2" not in answer.stdout + answer.stderr
    assert status_of(answer, "payment")["trouble"]
    assert status_of(answer)["unsent"] is not None


def test_one_template_serves_all_databases(operate, endpoints):
    uris = {endpoint: "" for endpoint in endpoints if endpoint.startswith("XUESHI_MONGO_URI_")}
    answer = operate("outbox", "status", **uris)
    assert answer.returncode == 2
    assert "XUESHI_MONGO_URI_TEMPLATE" in answer.stderr


def test_the_system_of_this_machine_is_found_by_its_folder(operate, servers: Servers, tmp_path):
    found = operate("--local", str(servers.stack.state), "outbox", "status", "--json", XUESHI_AMQP_URI="")
    assert found.returncode == 0, found.stderr
    nowhere = operate("--local", str(tmp_path), "outbox", "status")
    assert nowhere.returncode == 2
    assert "No system has run" in nowhere.stderr
    assert not list(tmp_path.iterdir())

"""One relay at a time, order whatever is refused, and every named crash point: on the real servers."""

import os
import signal
import subprocess
import sys
from secrets import token_hex

import pika
import pytest

from shared.crash_points import KILLED, POINTS
from shared.eventlog.topology import LOG_STREAM, events_exchange
from shared.messaging.outbox import Outboxes, PublishBatch
from shared.messaging.publisher import Publisher
from shared.persistence.connection import connect, disconnect
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, CounterRaised, Counters
from testkit.servers.layout import REPOSITORY
from testkit.service_process import Process, nameko, running
from testkit.waiting import eventually

TAKEOVER_SECONDS = 30.0  # the broker closes a silent connection after 5 to 15 s
HOLDER = """
import sys, time
from shared.messaging.publisher import Publisher
publisher = Publisher(sys.argv[1], "stopped")
assert publisher.take_turn()
print("holds", flush=True)
sys.stdin.readline()
entry = {"id": "late", "type": "probe.counter.raised.v1", "body": "{}"}
try:
    publisher.publish([entry])
except Exception as error:
    print("refused", type(error).__name__, flush=True)
else:
    print("published", flush=True)
"""


@pytest.fixture(scope="module")
def settings(servers):
    return read(Settings, servers.env_for(ALIAS))


@pytest.fixture(scope="module")
def counters(settings):
    connect(settings)
    Counters().rows.drop()
    yield Counters()
    Counters().rows.drop()
    disconnect(ALIAS)


@pytest.fixture
def channel(settings):
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_uri)) as connection:
        yield connection.channel()


@pytest.fixture
def publisher(settings):
    it = Publisher(settings.amqp_uri, "probe")
    yield it
    it.close()


def entry(type=CounterRaised.TYPE):
    return {"id": token_hex(16), "type": type, "body": "{}"}


def wins_turn(publisher):
    publisher.heartbeat()
    return publisher.take_turn()


def test_one_connection_at_a_time_has_the_turn(settings):
    first, second = Publisher(settings.amqp_uri, "turns"), Publisher(settings.amqp_uri, "turns")
    assert (first.take_turn(), second.take_turn(), first.take_turn()) == (True, False, True)
    first.close()
    eventually(lambda: wins_turn(second))
    second.close()


def test_who_was_stopped_for_long_has_lost_turn_and_voice(settings, channel):
    command = [sys.executable, "-c", HOLDER, settings.amqp_uri]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | read_path(), **pipes) as holder:
        assert holder.stdout.readline() == "holds\n"
        heard = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(heard, events_exchange("stopped"), "#")
        next_one = Publisher(settings.amqp_uri, "stopped")
        assert not next_one.take_turn()
        holder.send_signal(signal.SIGSTOP)
        eventually(lambda: wins_turn(next_one), TAKEOVER_SECONDS)
        holder.send_signal(signal.SIGCONT)
        holder.stdin.write("go\n")
        holder.stdin.flush()
        assert holder.stdout.readline().startswith("refused")
        assert channel.basic_get(heard) == (None, None, None)
        next_one.close()


def read_path():
    return {"PYTHONPATH": str(REPOSITORY)}


def test_what_the_broker_refuses_stops_its_aggregate_alone(publisher, channel):
    """A queue that is full refuses one type; the others go on, and nothing overtakes."""
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    name = channel.queue_declare("", exclusive=True, arguments=full).method.queue
    channel.queue_bind(name, events_exchange("probe"), "probe.full.v1")
    stuck, free = [entry("probe.full.v1"), entry("probe.full.v1"), entry()], [entry(), entry()]
    publisher.run(round := PublishBatch([stuck, free]))
    assert round.confirmed(0) == [stuck[0]["id"]]
    assert round.confirmed(1) == [it["id"] for it in free]
    channel.queue_purge(name)
    publisher.run(again := PublishBatch([stuck[1:]]))
    assert again.confirmed(0) == [it["id"] for it in stuck[1:]]


def test_what_no_queue_takes_stays_in_the_outbox_and_is_counted(settings, channel, counters):
    publisher = Publisher(settings.amqp_uri, "unheard")
    channel.queue_unbind(LOG_STREAM, events_exchange("unheard"), "#")
    id = token_hex(8)
    counters.add(Counter(id=id))
    for _ in range(2):
        counters.update(id, lambda it: it.raise_by(1))
    outboxes = Outboxes([counters])
    publisher.run(round := outboxes.load())
    assert (outboxes.clear(round), len(counters.rows.find_one({"_id": id})["outbox"])) == (0, 2)
    assert outboxes.oldest().total_seconds() > 0
    publisher.run(outboxes.load())  # left alone for a while
    assert outboxes.oldest().total_seconds() > 0
    channel.queue_bind(LOG_STREAM, events_exchange("unheard"), "#")
    publisher.run(round := (later := Outboxes([counters])).load())
    assert (later.clear(round), counters.rows.find_one({"_id": id})["outbox"]) == (2, [])
    publisher.close()


OF_THE_RELAY = [name for name in POINTS if name != "within-refill"]  # that one: test_queue_recovery


@pytest.mark.parametrize("point", OF_THE_RELAY)
def test_a_death_at_any_named_point_neither_loses_nor_doubles(point, servers, counters, tmp_path):
    died = tmp_path / "died"
    died.touch()  # the note "die once" has nothing more to do
    environment = servers.env_for(ALIAS) | {"PROBE_DIED": str(died)}
    id, note = token_hex(8), "fail once" if point == "after-retry-publish-before-ack" else ""
    environment["PROBE_FAILED"] = str(tmp_path / "failed")
    doomed = environment | {"XUESHI_CRASH_AT": point}
    process = Process(nameko("shared.tests.probe_service"), doomed, tmp_path / "log")
    counters.add(Counter(id=id))
    for by in (1, 2, 3):
        counters.update(id, lambda it, by=by: it.raise_by(by, note if by == 1 else ""))
    eventually(lambda: not process.pid, 60)
    assert process.status == KILLED
    with running(nameko("shared.tests.probe_service"), environment):
        eventually(lambda: sorted(heard(counters, id)) == [1, 2, 3])
        eventually(lambda: counters.rows.find_one({"_id": id})["outbox"] == [])
        assert note or heard(counters, id) == [1, 2, 3]


def heard(counters, id):
    row = counters.rows.find_one({"_id": f"heard-{id}"})
    return row["order"] if row else []

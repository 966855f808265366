"""Queues of a service are deleted on the real broker: what was in them takes effect all the same, once."""

import os
import signal
from datetime import timedelta
from secrets import token_hex

import pika
import pytest
from mongoengine.connection import get_db
from pika.exceptions import ChannelClosedByBroker

from shared.crash_points import KILLED
from shared.domain.clock import utc_now
from shared.messaging import topology
from shared.messaging.outbox import Outboxes
from shared.messaging.publisher import Publisher
from shared.messaging.watermark import CLOCKS, PERIOD, Requests, Watermark
from shared.persistence.connection import connect, disconnect
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, Counters
from testkit.service_process import Process, nameko, running
from testkit.waiting import eventually

MANY = 60
INBOX, TEN_SECONDS = topology.inbox("probe").name, topology.retry("probe", 1).name
PROBE = nameko("shared.tests.probe_service")


@pytest.fixture(scope="module")
def settings(servers):
    return read(Settings, servers.env_for(ALIAS))


@pytest.fixture(scope="module")
def database(settings):
    connect(settings)
    yield get_db(ALIAS)
    Counters().rows.drop()
    disconnect(ALIAS)


@pytest.fixture
def counters(database):
    Counters().rows.drop()
    return Counters()


@pytest.fixture
def channel(settings):
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_uri)) as connection:
        yield connection.channel()


@pytest.fixture
def environment(servers, tmp_path):
    return servers.env_for(ALIAS) | {"PROBE_DIED": str(tmp_path), "PROBE_FAILED": str(tmp_path / "failed")}


@pytest.fixture
def known(environment, counters, settings):
    """The service has run before, and has taken something."""
    with running(PROBE, environment):
        id = commit(counters, 1)
        eventually(lambda: heard(counters, id) == [1])


def commit(counters, many, note=""):
    """A counter that was raised; returns its id."""
    counters.add(Counter(id=(id := token_hex(8))))
    for by in range(1, many + 1):
        counters.update(id, lambda it, by=by: it.raise_by(by, note))
    return id


def publish(counters, settings, many):
    """Commit, and do what the service's own relay cannot now: into every queue, and out of the outbox."""
    id = commit(counters, many)
    publisher, outboxes = Publisher(settings.amqp_uri, "probe"), Outboxes([counters])
    publisher.run(round := outboxes.load())
    assert outboxes.clear(round) == many
    publisher.close()
    return id


def heard(counters, id):
    row = counters.rows.find_one({"_id": f"heard-{id}"})
    return sorted(row["order"]) if row else []


def depth(channel, queue):
    """How many messages are ready in it; -1: there is no such queue."""
    try:
        return channel.connection.channel().queue_declare(queue, passive=True).method.message_count
    except ChannelClosedByBroker:
        return -1


def all_of_it():
    return list(range(1, MANY + 1))


def test_an_inbox_that_is_deleted_under_two_processes(known, environment, counters, settings, channel):
    with running(PROBE, environment) as one, running(PROBE, environment) as other:
        for process in (one, other):
            os.kill(process.pid, signal.SIGSTOP)
        id = publish(counters, settings, MANY)
        channel.queue_delete(INBOX)
        for process in (one, other):
            os.kill(process.pid, signal.SIGCONT)
        eventually(lambda: heard(counters, id) == all_of_it(), 60)
        told = f'xueshi_queues_missing_total{{queue="{INBOX}"}} 1.0'
        eventually(lambda: told in one.metrics() + other.metrics())


def test_an_inbox_that_is_deleted_while_its_service_is_down(
    known, environment, counters, settings, channel, database
):
    id = publish(counters, settings, MANY)
    channel.queue_delete(INBOX)
    missed = publish(counters, settings, 3)  # nobody but the log hears of these
    with running(PROBE, environment):
        eventually(lambda: heard(counters, id) == all_of_it(), 60)
        eventually(lambda: heard(counters, missed) == [1, 2, 3])
        eventually(lambda: database["refills"].count_documents({}) == 0, 60)
    assert heard(counters, id) == all_of_it()


def test_a_service_that_dies_within_the_refill(known, environment, counters, settings, channel, tmp_path):
    id = publish(counters, settings, MANY)
    channel.queue_delete(INBOX)
    doomed = Process(PROBE, environment | {"XUESHI_CRASH_AT": "within-refill"}, tmp_path / "log")
    eventually(lambda: not doomed.pid, 60)
    assert doomed.status == KILLED
    channel.queue_purge(INBOX)  # as though it had died before the first copy
    with running(PROBE, environment):
        eventually(lambda: heard(counters, id) == all_of_it(), 60)


def test_a_rung_of_the_ladder_that_is_deleted(known, environment, counters, settings, channel):
    channel.queue_purge(TEN_SECONDS)
    with running(PROBE, environment):
        commit(counters, 1, note="poison")
        eventually(lambda: depth(channel, TEN_SECONDS) == 1)
        channel.queue_delete(TEN_SECONDS)
        eventually(lambda: depth(channel, TEN_SECONDS) >= 1, 60)


def test_dead_letters_that_are_deleted_are_made_again_and_told_of(known, environment, channel):
    dead = topology.dead("probe").name
    with running(PROBE, environment) as process:
        channel.queue_delete(dead)
        eventually(lambda: depth(channel, dead) == 0)
        eventually(lambda: f'xueshi_queues_missing_total{{queue="{dead}"}} 1.0' in process.metrics())


class Clock:
    def __init__(self):
        self.now = utc_now()

    def __call__(self):
        return self.now


@pytest.fixture
def marks(database):
    for name in ("inbox", "refills"):
        database[name].drop()
    clock = Clock()
    return Watermark(database, clock), clock


def take(watermark, time):
    watermark.note(time)
    watermark.flush()


def test_the_first_inbox_is_not_filled_and_the_second_is(marks):
    watermark, clock = marks
    assert watermark.since() is None
    watermark.begin()
    assert watermark.since() == clock.now - CLOCKS


def test_a_refill_that_was_requested_meanwhile_stays_due(marks, database):
    requests, now = Requests(database, "inbox"), utc_now()
    requests.add(now)
    earlier = requests.due()
    requests.add(now + PERIOD)
    requests.done(earlier["token"])
    assert requests.due()["since"] == now
    requests.done(requests.due()["token"])
    assert requests.due() is None


def test_a_backlog_is_behind_what_was_taken_last(marks):
    watermark, clock = marks
    taken = clock.now
    take(watermark, taken)
    clock.now += timedelta(days=3)
    assert watermark.since() == taken - CLOCKS


def test_what_failed_and_came_back_behind_a_backlog_is_in_reach(marks):
    """Five hours of backlog: what is taken now was published five hours ago."""
    watermark, clock = marks
    failed, lag = clock.now - timedelta(hours=5), timedelta(hours=5)
    take(watermark, failed)  # it goes to the ladder, and returns at the inbox's end
    for _ in range(20):
        clock.now += timedelta(minutes=15)
        take(watermark, clock.now - lag)
        assert watermark.since() <= failed
    clock.now += timedelta(hours=3)  # by now it has been taken again
    take(watermark, clock.now - lag)
    clock.now += timedelta(hours=3)
    take(watermark, clock.now - lag)
    assert watermark.since() > failed


def test_an_impossible_time_does_not_count(marks):
    watermark, clock = marks
    for time in (clock.now.replace(year=9999), clock.now.replace(year=1), clock.now.replace(tzinfo=None)):
        watermark.note(time)
    watermark.flush()
    clock.now += timedelta(hours=5)
    take(watermark, clock.now)
    assert clock.now - CLOCKS - PERIOD <= watermark.since() <= clock.now

"""Relay and subscriptions on the real broker, with a real Nameko process between them."""

from secrets import token_hex

import pika
import pytest

from shared.eventlog.topology import LOG_STREAM, events_exchange
from shared.messaging import topology
from shared.persistence.connection import connect, disconnect
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, Counter, CounterRaised, Counters
from testkit.service_process import nameko, running
from testkit.waiting import eventually


@pytest.fixture(scope="module")
def settings(servers):
    return read(Settings, servers.env_for(ALIAS))


@pytest.fixture(scope="module")
def counters(settings):
    connect(settings)
    yield Counters()
    Counters().rows.drop()
    disconnect(ALIAS)


@pytest.fixture(scope="module")
def channel(settings):
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_uri)) as connection:
        yield connection.channel()


def revive(process):
    """As the supervisor would."""
    if not process.pid:
        process.start()


@pytest.fixture(scope="module")
def doom(tmp_path_factory):
    """While this file is there, a doomed handler dies."""
    return tmp_path_factory.mktemp("probe") / "doom"


@pytest.fixture(scope="module")
def probe(servers, counters, doom, tmp_path_factory):
    died = tmp_path_factory.mktemp("probe") / "died"
    environment = servers.env_for(ALIAS) | {"PROBE_DIED": str(died), "PROBE_DOOM": str(doom)}
    with running(nameko("shared.tests.probe_service"), environment) as process:
        yield process


def raised(counters, *notes, by=1):
    """A counter that was raised once for each note; returns its id."""
    id = token_hex(8)
    counters.add(Counter(id=id))
    for note in notes:
        counters.update(id, lambda it, note=note: it.raise_by(by, note))
    return id


def heard(counters, id):
    row = counters.rows.find_one({"_id": f"heard-{id}"})
    return row["order"] if row else []


def test_a_committed_event_is_handled_and_leaves_the_outbox(counters, probe):
    id = raised(counters, "")

    eventually(lambda: _equal(heard(counters, id), [1]))
    eventually(lambda: _equal(counters.rows.find_one({"_id": id})["outbox"], []))


def test_events_of_one_aggregate_are_handled_in_order(counters, probe):
    id = token_hex(8)
    counters.add(Counter(id=id))
    for by in range(1, 51):
        counters.update(id, lambda it, by=by: it.raise_by(by))
    eventually(lambda: _equal(heard(counters, id), list(range(1, 51))))


def test_what_was_committed_while_the_process_was_dead_is_handled_after(counters, probe):
    probe.kill()
    id = raised(counters, "")
    revive(probe)
    eventually(lambda: _equal(heard(counters, id), [1]))


def test_a_handler_that_dies_is_run_again_and_has_its_effect_once(counters, probe):
    id = raised(counters, "die once")

    def revived():
        revive(probe)
        return _equal(heard(counters, id), [1])

    eventually(revived)


def test_a_message_that_kills_the_process_does_not_take_its_neighbours_along(counters, probe, doom, channel):
    """Who is delivered 20 times without an answer is dead: that must be the poison alone."""
    doom.touch()
    ids = [raised(counters, "die if doomed" if it == 10 else "") for it in range(30)]
    for _ in range(4):
        eventually(lambda: not probe.pid)
        probe.start()
    eventually(lambda: not probe.pid)
    counts = delivery_counts(channel)
    doom.unlink()
    probe.start()
    probe.await_ready()
    for id in ids:
        eventually(lambda id=id: _equal(heard(counters, id), [1]))
    assert counts[0] >= 4
    assert all(it <= 2 for it in counts[1:]), counts


def delivery_counts(channel):
    """How often each message at the head of the inbox was delivered before, first that of the poison."""
    counts = []
    inbox = topology.inbox("probe").name
    eventually(lambda: channel.queue_declare(inbox, passive=True).method.message_count)
    while (got := channel.basic_get(inbox))[0]:
        counts.append((got[1].headers or {}).get("x-delivery-count", 0))
    channel.basic_nack(0, multiple=True)
    return counts


def test_a_message_published_twice_has_its_effect_once(counters, probe, settings, channel):
    id = token_hex(8)
    counters.add(Counter(id=id))
    counters.update(id, lambda it: it.raise_by(7))
    body = counters.rows.find_one({"_id": id})["outbox"]
    copies = [it["body"] for it in body] * 3
    for copy in copies:
        channel.basic_publish(events_exchange("probe"), CounterRaised.TYPE, copy.encode())
    last = raised(counters, "")
    eventually(lambda: _equal(heard(counters, last), [1]))
    eventually(lambda: _equal(heard(counters, id), [7]))


def test_poison_waits_on_the_ladder_and_lets_others_pass(counters, probe, channel):
    raised(counters, "poison")
    fine = raised(counters, "")
    eventually(lambda: _equal(heard(counters, fine), [1]))
    ten_seconds = topology.retry("probe", 1)
    eventually(lambda: _at_least(_depth(channel, ten_seconds), 1))


def test_what_cannot_be_decoded_goes_to_the_dead_letters(counters, probe, channel):
    raised(counters, "")
    before = _depth(channel, topology.dead("probe"))
    channel.basic_publish(events_exchange("probe"), CounterRaised.TYPE, b"not an event")
    eventually(lambda: _at_least(_depth(channel, topology.dead("probe")), before + 1))
    fine = raised(counters, "")
    eventually(lambda: _equal(heard(counters, fine), [1]))


def test_everything_published_is_in_the_log(counters, probe, settings):
    id = raised(counters, "", "")
    eventually(lambda: _equal(heard(counters, id), [1, 1]))
    with pika.BlockingConnection(pika.URLParameters(settings.amqp_uri)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=100)
        from_start = {"x-stream-offset": "first"}
        found = []
        for method, _, body in channel.consume(LOG_STREAM, arguments=from_start, inactivity_timeout=5):
            if method is None:
                break
            channel.basic_ack(method.delivery_tag)
            found += [1] if id.encode() in body else []
            if len(found) == 2:
                break
        channel.cancel()
    assert len(found) == 2


def _depth(channel, queue):
    answer = channel.queue_declare(queue.name, durable=True, arguments=queue.arguments, passive=True)
    return answer.method.message_count


def _equal(found, expected):
    assert found == expected  # says more than False would
    return True


def _at_least(found, least):
    assert found >= least
    return True

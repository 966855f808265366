"""Reading the real stream: order, restart, repeats, and the whole process as it is deployed."""

from contextlib import closing
from itertools import pairwise

import pika
import pytest

from services.audit.domain import verify_chain
from services.audit.log_reader import MISSING, StreamReader
from services.audit.tests.builders import World
from shared.eventlog.topology import LOG_ARGUMENTS, LOG_STREAM, events_exchange
from testkit.service_process import nameko, running
from testkit.waiting import eventually


@pytest.fixture
def remake(environment):
    """Delete the stream, as an operator might; the next who declares makes a new one."""

    def delete():
        with pika.BlockingConnection(pika.URLParameters(environment["XUESHI_AMQP_URI"])) as connection:
            channel = connection.channel()
            channel.queue_delete(LOG_STREAM)
            channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)

    return delete


def read_until(reader, log, position):
    """Rounds until the log has grown to `position`."""

    def grown():
        reader.round(0.5)
        return log.head().position >= position

    eventually(grown)


def await_log(log, position):
    """Until another process has written up to `position`."""
    eventually(lambda: log.head().position >= position)


def events_process(environment):
    """Audit's events process, as it is deployed."""
    return running(nameko("services.audit.service"), environment)


def test_the_stream_becomes_the_log_in_order(log, stream, environment):
    bodies = World().study().bodies()
    stream(*bodies)
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, len(bodies))
    assert [it.body for it in log.read()] == bodies
    assert verify_chain(log.read()).verified


def test_a_reader_goes_on_from_the_middle(log, stream, environment):
    bodies = World().study().bodies()
    stream(*bodies[:10])
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, 10)
        stream(*bodies[10:20])  # delivered to a reader that dies before it stores them
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        stream(*bodies[20:])
        read_until(reader, log, len(bodies))
    assert [it.body for it in log.read()] == bodies
    assert [it.stream_offset for it in log.read()] == list(range(len(bodies)))


def test_a_repeat_and_a_body_that_nobody_knows_do_not_stop_the_log(log, stream, environment):
    unknown = b'{"id":"1","type":"future.thing.happened.v9","data":{"person_id":"person-9"}}'
    stream(b"\xff not an envelope", unknown, unknown, b'{"id":"2"}')
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, 3)
    assert [it.person_id for it in log.read()] == [None, "person-9", None]
    assert [it.stream_offset for it in log.read()] == [0, 1, 3]
    assert log.repeats() == 1


@pytest.mark.timeout(120)
def test_the_process_survives_its_own_death_and_stops_when_asked(log, stream, environment):
    bodies = World().study().bodies()
    stream(*bodies[:15])
    with events_process(environment) as process:
        await_log(log, 15)
        process.kill()
    stream(*bodies[15:])
    with events_process(environment) as process:
        await_log(log, len(bodies))
        assert process.stop() == 0
    assert [it.body for it in log.read()] == bodies
    assert verify_chain(log.read()).verified


@pytest.mark.parametrize("before", [20, 3], ids=["a_shorter_one", "one_that_has_grown_past_the_old_offset"])
def test_a_stream_that_was_made_anew_is_read_from_its_beginning(log, stream, environment, remake, before):
    bodies = World().study().bodies()
    stream(*bodies[:before])
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, before)
    remake()
    stream(*bodies[before - 2 :])  # two of them were in the old one as well
    for upto in (len(bodies) - 1, len(bodies)):  # a second reader goes on in the new part
        with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
            read_until(reader, log, upto)
    assert [it.body for it in log.read()] == bodies
    assert verify_chain(log.read()).verified
    offsets = [it.stream_offset for it in log.read()]
    assert offsets[:before] == list(range(before))
    assert offsets[before:] == [log.base() + 2 + it for it in range(len(bodies) - before)]
    assert (log.base(), log.repeats()) == (before, 2)


def test_a_stream_that_is_empty_again_is_read_once_it_is_not(log, stream, environment, remake):
    bodies = World().study().bodies()
    stream(*bodies[:3])
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, 3)
    remake()
    for _ in range(2):  # the second finds the part begun
        with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
            assert reader.round(0.1) == 0
    remake()  # once more, before anything of it was read
    stream(*bodies[3:])
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, len(bodies))
    assert [it.stream_offset for it in log.read()] == list(range(len(bodies)))


def test_the_process_goes_on_when_the_stream_is_deleted_under_it(log, stream, environment):
    """It makes the stream anew and binds it to what the services publish."""
    bodies = World().study().bodies()
    stream(*bodies[:5])
    with events_process(environment):
        await_log(log, 5)
        with pika.BlockingConnection(pika.URLParameters(environment["XUESHI_AMQP_URI"])) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.queue_delete(LOG_STREAM)
            eventually(lambda: log.base() == 5)
            for body in bodies[5:]:
                channel.basic_publish(events_exchange("learning"), "any.type.v1", body, mandatory=True)
        await_log(log, len(bodies))
    assert [it.body for it in log.read()] == bodies


def test_what_retention_has_taken_is_counted_and_the_rest_is_read(
    log, stream, environment, remake, monkeypatch
):
    monkeypatch.setitem(LOG_ARGUMENTS, "x-max-length-bytes", 50_000)
    monkeypatch.setitem(LOG_ARGUMENTS, "x-stream-max-segment-size-bytes", 20_000)
    remake()
    bodies = [b'{"id":"%d","type":"x"}' % it + b" " * 5_000 for it in range(40)]
    stream(*bodies[:3])
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, 3)
    before = MISSING._value.get()
    stream(*bodies[3:])
    with closing(StreamReader(environment["XUESHI_AMQP_URI"], log)) as reader:
        read_until(reader, log, 4)
        read_until(reader, log, 5)
        eventually(lambda: reader.round(0.2) == 0 and log.head().position > 3)
    offsets = [it.stream_offset for it in log.read()]
    assert [it.body for it in log.read()][-5:] == bodies[-5:]
    assert offsets[3] - 3 > 2  # whole segments are gone; later, single places of the broker's own
    assert all(later - earlier <= 2 for earlier, later in pairwise(offsets[3:]))
    assert (MISSING._value.get() - before, log.base()) == (offsets[3] - 3, 0)
    monkeypatch.undo()
    remake()

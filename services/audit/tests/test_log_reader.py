"""Reading the real stream: order, restart, repeats, and the whole process as it is deployed."""

from contextlib import closing

import pytest

from services.audit.domain import verify_chain
from services.audit.log_reader import StreamReader
from services.audit.tests.builders import World
from shared.testing import eventually, nameko, running


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

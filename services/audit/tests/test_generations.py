"""A stream that was deleted and recreated: a new generation, whose events follow the old one's in the log."""

import pika
import pytest

from services.audit.domain import verify_chain
from services.audit.tests.builders import World
from services.audit.tests.recordings import await_log, bodies_of, offsets_of, record_until
from shared.eventlog.topology import LOG_STREAM, events_exchange
from testkit.waiting import eventually


@pytest.mark.parametrize("before", [20, 3], ids=["a_shorter_one", "one_that_has_grown_past_the_old_offset"])
def test_a_stream_that_was_recreated_is_read_from_its_beginning(log, stream, recreate, before, recording):
    bodies = World().study().bodies()
    stream(*bodies[:before])
    with recording() as recorder:
        record_until(recorder, log, before)
    recreate()
    stream(*bodies[before - 2 :])  # two of them were in the old one as well
    for upto in (len(bodies) - 1, len(bodies)):  # a second reader goes on in the new generation
        with recording() as recorder:
            record_until(recorder, log, upto)
    assert bodies_of(log) == bodies
    assert verify_chain(log.read()).verified
    offsets = offsets_of(log)
    assert offsets[:before] == list(range(before))
    assert offsets[before:] == [log.generation_base() + 2 + new for new in range(len(bodies) - before)]
    assert (log.generation_base(), log.repeats()) == (before, 2)


def test_a_stream_that_is_empty_again_is_read_once_it_is_not(log, stream, recreate, recording):
    bodies = World().study().bodies()
    stream(*bodies[:3])
    with recording() as recorder:
        record_until(recorder, log, 3)
    recreate()
    for _ in range(2):  # the second finds that the new generation has been begun
        with recording() as recorder:
            assert recorder.round(0.1) == 0
    recreate()  # once more, before anything of it was read
    stream(*bodies[3:])
    with recording() as recorder:
        record_until(recorder, log, len(bodies))
    assert offsets_of(log) == list(range(len(bodies)))


def test_the_process_goes_on_when_the_stream_is_deleted_under_it(log, stream, environment, events_process):
    """It declares the stream again and binds it to what the services publish."""
    bodies = World().study().bodies()
    stream(*bodies[:5])
    with events_process():
        await_log(log, 5)
        with pika.BlockingConnection(pika.URLParameters(environment["XUESHI_AMQP_URI"])) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.queue_delete(LOG_STREAM)
            eventually(lambda: log.generation_base() == 5)
            for body in bodies[5:]:
                channel.basic_publish(events_exchange("learning"), "any.type.v1", body, mandatory=True)
        await_log(log, len(bodies))
    assert bodies_of(log) == bodies

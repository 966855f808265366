"""Recording the real stream: order, restart, repeats, and the whole process as it is deployed."""

from itertools import pairwise

import pytest

from services.audit.application.recording import MISSING
from services.audit.domain import verify_chain
from services.audit.tests.builders import World
from services.audit.tests.recordings import await_log, bodies_of, offsets_of, record_until
from shared.eventlog.topology import LOG_ARGUMENTS
from testkit.waiting import eventually


def test_the_stream_becomes_the_log_in_order(log, stream, recording):
    bodies = World().study().bodies()
    stream(*bodies)
    with recording() as recorder:
        record_until(recorder, log, len(bodies))
    assert bodies_of(log) == bodies
    assert verify_chain(log.read()).verified


def test_a_reader_goes_on_from_the_middle(log, stream, recording):
    bodies = World().study().bodies()
    stream(*bodies[:10])
    with recording() as recorder:
        record_until(recorder, log, 10)
        stream(*bodies[10:20])  # delivered to a reader that dies before it stores them
    with recording() as recorder:
        stream(*bodies[20:])
        record_until(recorder, log, len(bodies))
    assert bodies_of(log) == bodies
    assert offsets_of(log) == list(range(len(bodies)))


def test_a_repeat_and_a_body_that_nobody_knows_do_not_stop_the_log(log, stream, recording):
    unknown = b'{"id":"1","type":"future.thing.happened.v9","data":{"person_id":"person-9"}}'
    stream(b"\xff not an envelope", unknown, unknown, b'{"id":"2"}')
    with recording() as recorder:
        record_until(recorder, log, 3)
    assert [entry.person_id for entry in log.read()] == [None, "person-9", None]
    assert offsets_of(log) == [0, 1, 3]
    assert log.repeats() == 1


@pytest.mark.timeout(120)
def test_the_process_survives_its_own_death_and_stops_when_asked(log, stream, events_process):
    bodies = World().study().bodies()
    stream(*bodies[:15])
    with events_process() as process:
        await_log(log, 15)
        process.kill()
    stream(*bodies[15:])
    with events_process() as process:
        await_log(log, len(bodies))
        assert process.stop() == 0
    assert bodies_of(log) == bodies
    assert verify_chain(log.read()).verified


def test_what_retention_has_taken_is_counted_and_the_rest_is_read(
    log, stream, recreate, monkeypatch, recording
):
    monkeypatch.setitem(LOG_ARGUMENTS, "x-max-length-bytes", 50_000)
    monkeypatch.setitem(LOG_ARGUMENTS, "x-stream-max-segment-size-bytes", 20_000)
    recreate()
    bodies = [b'{"id":"%d","type":"x"}' % number + b" " * 5_000 for number in range(40)]
    stream(*bodies[:3])
    with recording() as recorder:
        record_until(recorder, log, 3)
    before = MISSING._value.get()
    stream(*bodies[3:])
    with recording() as recorder:
        record_until(recorder, log, 4)
        record_until(recorder, log, 5)
        eventually(lambda: recorder.round(0.2) == 0 and log.head().position > 3)
    offsets = offsets_of(log)
    assert bodies_of(log)[-5:] == bodies[-5:]
    assert offsets[3] - 3 > 2  # whole segments are gone; later, single places of the broker's own
    assert all(later - earlier <= 2 for earlier, later in pairwise(offsets[3:]))
    assert (MISSING._value.get() - before, log.generation_base()) == (offsets[3] - 3, 0)
    monkeypatch.undo()
    recreate()

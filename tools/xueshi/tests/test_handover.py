"""Replay from archive and stream without a gap, a repeat or a break in the order where one hands over."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex

import pika
import pytest
from pymongo import MongoClient

from shared.archive import Times
from shared.eventlog.reader import StreamReader
from tools.xueshi.archive import LogArchive
from tools.xueshi.endpoints import from_environment
from tools.xueshi.errors import Unreachable
from tools.xueshi.generation import base
from tools.xueshi.handover import HandoverGap
from tools.xueshi.replay import archived_events, events
from tools.xueshi.selection import Selection
from tools.xueshi.stream import first_offset
from tools.xueshi.tests.archiving import a_log, an_event, at

SMALL = {  # keeps about 17 events of FAT
    "x-queue-type": "stream", "x-max-length-bytes": 800_000, "x-stream-max-segment-size-bytes": 300_000,
}  # fmt: skip
FAT = "x" * 50_000
WANTED = [
    {}, {"since": 7}, {"since": 10, "until": 24}, {"since": 25}, {"since": 24, "until": 25}, {"until": 3},
    {"since": 26, "until": 28}, {"since": 30}, {"until": 9},
    {"subjects": ("study-1",)}, {"types": ("payment.*",), "since": 5, "until": 27},
]  # fmt: skip


@pytest.fixture
def stream(channel):
    """A stream of the test's own, of which the broker keeps less than a megabyte."""
    name = f"operated-log-{token_hex(4)}"
    channel.queue_declare(name, durable=True, arguments=SMALL)
    yield name
    channel.queue_delete(name)


@pytest.fixture
def publish(channel, stream):
    """Puts bodies on the stream, each confirmed by the broker; returns them with their offsets."""

    def confirmed(*bodies):
        for body in bodies:
            channel.basic_publish("", stream, body, pika.BasicProperties(), mandatory=True)
        return list(enumerate(bodies))

    return confirmed


@pytest.fixture
def replayed(uri, stream, endpoint):
    """What `xueshi log replay` prints."""
    return lambda base=0, **wanted: list(
        events(uri, Selection(**wanted), lambda *_: None, stream, LogArchive(endpoint), base)
    )


def wanted_by_time():
    """Choices that depend on the events' own times."""
    bounds = [(7, None), (12, 26), (29, None), (None, 9), (14.5, 15.5), (40, None), (19, 19), (20, 20)]
    return [
        {name: at(bound) for name, bound in (("since", since), ("until", until)) if bound is not None}
        for since, until in bounds
    ]


def all_of(replayed, choices):
    """What each choice prints; side by side, for every one ends with half a second of listening."""
    with ThreadPoolExecutor(len(choices)) as pool:
        return list(pool.map(lambda choice: replayed(**choice), choices))


def chosen(log, wanted):
    """The same by the plain rule, from the whole log."""
    selection = Selection(**wanted)
    visible = [(offset, body) for offset, body in log if not selection.is_behind(offset)]
    return [body for offset, body in visible if selection.line(offset, body) is not None]


@pytest.mark.parametrize("archived", [0, 1, 10, 25, 30])
def test_wherever_the_archive_ends_every_event_comes_once_and_in_order(bucket, publish, replayed, archived):
    log = publish(*map(an_event, range(30)))
    bucket.write_all(log[:archived])
    choices = WANTED + wanted_by_time()
    assert all_of(replayed, choices) == [chosen(log, choice) for choice in choices]


@pytest.fixture
def forgetful(publish, uri, stream):
    """A log whose beginning the stream has lost, and the index of the first event that it still holds.

    The broker takes offsets for notes of its own, so that they are asked of it before it forgets.
    """
    log = []
    with closing(StreamReader(uri, "first", stream=stream)) as reader:
        rounds = reader.rounds()
        for number in range(0, 60, 6):
            publish(*(an_event(number, FAT) for number in range(number, number + 6)))
            while len(log) < number + 6:
                log += [(delivery.offset, delivery.body) for delivery in next(rounds)]
    kept = first_offset(uri, stream)
    assert kept > 20
    return log, [offset for offset, _ in log].index(kept)


def test_what_the_stream_has_forgotten_comes_from_the_archive(bucket, replayed, forgetful):
    log, kept = forgetful
    choices = [*WANTED, {"since": at(kept + 5)}, {"since": at(3)}]
    bucket.write_all(log[: kept + 1])
    assert all_of(replayed, choices) == [chosen(log, choice) for choice in choices]
    bucket.write_all(log[kept + 1 :][:7])
    assert all_of(replayed, choices) == [chosen(log, choice) for choice in choices]


def test_what_neither_archive_nor_stream_has_is_never_passed_over(bucket, replayed, forgetful):
    log, kept = forgetful
    bucket.write_all(log[: kept - 3])
    lost = log[kept - 2][0]
    for wanted in ({}, {"since": lost}, {"since": 3}, {"since": at(3)}, {"since": at(58)}, {"until": lost}):
        with pytest.raises(HandoverGap, match=f"begins at {log[kept][0]}"):
            replayed(**wanted)
    for wanted in ({"since": log[kept][0]}, {"since": 3, "until": log[kept - 4][0]}):
        assert replayed(**wanted) == chosen(log, wanted)


def test_an_empty_archive_does_not_hide_what_the_stream_has_forgotten(bucket, replayed, forgetful):
    with pytest.raises(HandoverGap):
        replayed()
    log, kept = forgetful
    assert replayed(since=log[kept][0]) == [body for _, body in log[kept:]]


def test_a_stream_that_was_recreated_is_not_mistaken_for_the_old_one(bucket, publish, replayed, uri, stream):
    bucket.write_all(a_log(20))
    with pytest.raises(HandoverGap, match="recreated"):
        replayed()  # it is empty
    publish(*(an_event(number) for number in range(100, 140)))
    with pytest.raises(HandoverGap, match="recreated"):
        replayed()  # it has grown past the handover offset
    assert len(list(events(uri, Selection(), lambda *_: None, stream))) == 40


def test_a_new_stream_that_is_still_short_is_told_apart(bucket, publish, replayed):
    bucket.write_all(a_log(20))
    publish(an_event(100))
    with pytest.raises(HandoverGap, match="recreated"):
        replayed()


@pytest.mark.parametrize("archived", [20, 21, 25, 30])
def test_a_stream_that_was_recreated_goes_on_behind_what_audit_has_stored(
    bucket, publish, replayed, archived
):
    """Audit begins a new generation, and adds its base to the new stream's offsets (services/audit)."""
    publish(*map(an_event, range(20, 30)))
    log = a_log(30)
    bucket.write_all(log[:archived])
    choices = [choice | {"base": 20} for choice in WANTED + wanted_by_time()]
    assert all_of(replayed, choices) == [
        chosen(log, {name: value for name, value in choice.items() if name != "base"}) for choice in choices
    ]


def test_what_the_old_stream_had_and_the_archive_has_not_yet_is_not_passed_over(bucket, publish, replayed):
    publish(*map(an_event, range(20, 30)))
    bucket.write_all(a_log(15))
    with pytest.raises(HandoverGap, match="ends at offset 14 and the stream begins at 20"):
        replayed(base=20)
    assert replayed(base=20, since=20) == [an_event(number) for number in range(20, 30)]


def test_the_base_is_what_audit_has_noted(endpoints):
    found = from_environment(endpoints)
    with MongoClient(endpoints["XUESHI_MONGO_URI_AUDIT"]) as client:
        noted = client.get_default_database()["parts"]
        noted.delete_many({})
        assert base(found) == 0
        noted.insert_many([{"_id": 7}, {"_id": 20}])
        assert base(found) == 20
        noted.delete_many({})
    assert base(replace(found, mongo_uris={})) == 0


def test_a_repeat_is_in_the_stream_and_not_in_the_archive(bucket, publish, replayed):
    log = publish(*map(an_event, (0, 1, 1, 2, 3, 3, 3, 4)))
    bucket.write_all([log[0], log[1], log[3], log[4]], size=2)  # as audit's log has them
    assert replayed() == [an_event(number) for number in (0, 1, 2, 3, 3, 3, 4)]
    assert replayed(since=2) == [an_event(number) for number in (2, 3, 3, 3, 4)]
    assert replayed(until=2) == [an_event(number) for number in (0, 1)]


def test_a_time_within_the_millisecond_of_the_latest_event_is_not_passed_over(bucket):
    """MongoDB keeps milliseconds, an event may have microseconds."""
    times = Times(earliest=at(0), latest=at(1))
    manifest = bucket.write((0, an_event(0)), times=times)
    assert manifest.may_hold(at(1) + timedelta(microseconds=999), None)
    assert not manifest.may_hold(at(1) + timedelta(microseconds=1_000), None)


def test_what_is_archived_needs_no_broker(bucket, endpoint):
    log = a_log(30)
    bucket.write_all(log)
    archive, away = LogArchive(endpoint), "amqp://me:secret@127.0.0.1:1/%2F"
    assert list(events(away, Selection(since=3, until=12), lambda *_: None, archive=archive)) == [
        body for _, body in log[3:13]
    ]
    assert list(archived_events(Selection(), lambda *_: None, archive)) == [body for _, body in log]
    with pytest.raises(Unreachable, match="broker"):
        list(events(away, Selection(since=3), lambda *_: None, archive=archive))


def test_the_progress_goes_on_across_the_handover(bucket, publish, uri, stream, endpoint):
    bucket.write_all(publish(*map(an_event, range(30)))[:25])
    progress = []
    list(events(uri, Selection(), lambda *offsets: progress.append(offsets), stream, LogArchive(endpoint)))
    reached = [offset for offset, _ in progress]
    assert reached == sorted(reached)
    assert progress[0] == (0, progress[-1][1])
    assert progress[-1][0] == 29

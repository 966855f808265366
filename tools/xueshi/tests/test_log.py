"""The event log on the real stream: complete, in order, filtered, and unharmed by what it holds."""

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pika
import pytest
from pymongo import MongoClient

from shared.eventlog.reader import StreamReader
from shared.eventlog.topology import LOG_ARGUMENTS, LOG_STREAM
from testkit.servers.layout import REPOSITORY
from tools.xueshi.errors import Unknown, Unreachable
from tools.xueshi.replay import events
from tools.xueshi.selection import Selection

MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)


def an_event(number, type_="learning.lesson.completed.v1", subject="study-1", **data):
    """An envelope; each is a minute later than the one before."""
    return json.dumps(
        {
            "specversion": "1.0", "id": f"event-{number}", "source": "learning", "type": type_,
            "subject": subject, "sequence": f"{number:010d}",
            "time": (MORNING + timedelta(minutes=number)).isoformat(), "data": data,
        },
        ensure_ascii=False, separators=(",", ":"),
    ).encode()  # fmt: skip


@pytest.fixture
def stream(channel):
    """A stream of the test's own."""
    name = f"operated-log-{token_hex(4)}"
    channel.queue_declare(name, durable=True, arguments=LOG_ARGUMENTS)
    yield name
    channel.queue_delete(name)


@pytest.fixture
def publish(channel, stream):
    """Puts bodies on the stream, each confirmed by the broker."""

    def confirmed(*bodies, **properties):
        for body in bodies:
            channel.basic_publish("", stream, body, pika.BasicProperties(**properties), mandatory=True)

    return confirmed


@pytest.fixture
def replayed(uri, stream):
    return lambda **wanted: list(events(uri, Selection(**wanted), lambda *_: None, stream))


def test_every_event_is_printed_once_and_in_order(publish, replayed):
    bodies = [an_event(number, note="学" * (number % 50)) for number in range(700)]
    publish(*bodies)
    assert replayed() == bodies


def test_an_empty_log_prints_nothing(replayed):
    assert replayed() == []


def test_a_position_is_an_offset(publish, replayed):
    bodies = [an_event(number) for number in range(30)]
    publish(*bodies)
    assert replayed(since=10, until=12) == bodies[10:13]
    assert replayed(since=29) == bodies[29:]
    assert replayed(since=30) == []
    assert replayed(until=0) == bodies[:1]


def test_a_position_is_a_time_of_the_events_own(publish, replayed):
    bodies = [an_event(number) for number in range(30)]
    publish(*reversed(bodies))  # they may reach the log in another order
    ten, twelve = MORNING + timedelta(minutes=10), MORNING + timedelta(minutes=12)
    assert replayed(since=ten, until=twelve) == [bodies[12], bodies[11], bodies[10]]
    assert replayed(until=MORNING) == bodies[:1]


def test_a_time_after_everything_prints_nothing(publish, replayed):
    publish(an_event(1))
    assert replayed(since=datetime.now(UTC) + timedelta(days=1)) == []


def test_only_some_types_and_subjects(publish, replayed):
    one = an_event(1, subject="study-1")
    two = an_event(2, subject="study-2", mentions="study-1")
    paid = an_event(3, type_="payment.fee.confirmed.v1", subject="order-1")
    escaped = an_event(4, subject="study-1").replace(b'"study-1"', rb'"study\u002d1"')
    publish(one, two, paid, escaped)
    assert replayed(subjects=("study-1",)) == [one, escaped]
    assert replayed(types=("payment.*",)) == [paid]
    assert replayed(types=("learning.*",), subjects=("study-2", "order-1")) == [two]


def test_what_is_no_event_stays_on_one_line_and_out_of_a_choice(publish, replayed):
    strange = [b"\xff\n", b"[1]", b"", json.dumps({"type": "x"}, indent=1).encode(), b'{"time":3}']
    publish(*strange, an_event(1))
    everything = replayed()
    assert len(everything) == 6
    assert json.loads(everything[0]) == {"undecodable": r"b'\xff\n'", "bytes": 2, "offset": 0}
    assert all(b"\n" not in line for line in everything)
    assert json.loads(everything[3]) == {"type": "x"}
    assert replayed(types=("learning.*",)) == [an_event(1)]
    assert replayed(since=MORNING) == [an_event(1)]


def test_a_body_longer_than_a_frame_comes_whole(publish, replayed):
    bodies = [an_event(1, note="x" * 400_000), an_event(2), an_event(3, note="y" * 131_072)]
    publish(*bodies, content_type="application/json", headers={"a": "b" * 300, "n": 1})
    assert replayed() == bodies


def test_a_deleted_stream_is_named(uri):
    with pytest.raises(Unknown, match="no stream operated-nowhere"):
        list(events(uri, Selection(), lambda *_: None, "operated-nowhere"))


def test_the_command_prints_lines_of_json(operate, channel):
    channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)
    subject = token_hex(8)
    channel.basic_publish("", LOG_STREAM, an_event(1, subject=subject), mandatory=True)
    done = operate("log", "replay", "--subject", subject, "--from", "2026-03-01", "--to", "2026-03-02T00:00Z")
    assert done.returncode == 0
    assert done.stdout.encode() == an_event(1, subject=subject) + b"\n"
    assert "1 events printed" in done.stderr
    assert operate("log", "replay", "--from", "yesterday").returncode == 2


def test_a_reader_that_has_seen_enough_is_no_error(endpoints, publish, channel):
    channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)
    for number in range(2_000):
        channel.basic_publish("", LOG_STREAM, an_event(number, note="n" * 200), mandatory=True)
    command = f"set -o pipefail; {sys.executable} -m tools.xueshi log replay | head -1"
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        ["bash", "-c", command], env=path | endpoints, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def test_how_far_audit_is_behind(operate, endpoints, channel):
    channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)
    channel.basic_publish("", LOG_STREAM, an_event(1), mandatory=True)
    with MongoClient(endpoints["XUESHI_MONGO_URI_AUDIT"]) as client:
        log = client.get_default_database()["log"]
        generations = client.get_default_database()["parts"]
        for rows in (log, generations):
            rows.delete_many({})
        (before,) = json.loads(operate("log", "status", "--json").stdout)
        assert (before["audited"], before["behind"]) == (None, before["last"] + 1)
        log.insert_one({"_id": 1, "event_id": "first", "stream_offset": before["last"]})
        channel.basic_publish("", LOG_STREAM, an_event(2), mandatory=True)
        (after,) = json.loads(operate("log", "status", "--json").stdout)
        assert after == {"last": before["last"] + 1, "audited": before["last"], "base": 0, "behind": 1}
        assert operate("log", "status", "--max-behind", "1").returncode == 0
        channel.basic_publish("", LOG_STREAM, an_event(3), mandatory=True)
        assert operate("log", "status", "--max-behind", "1").returncode == 1
        log.insert_one({"_id": 2, "event_id": "second", "stream_offset": before["last"] + 100})
        deleted = operate("log", "status")
        generations.insert_one({"_id": (base := before["last"] + 101)})
        (begun,) = json.loads(operate("log", "status", "--json").stdout)
        log.insert_one({"_id": 3, "event_id": "third", "stream_offset": base + before["last"]})
        (read,) = json.loads(operate("log", "status", "--json").stdout)
        for rows in (log, generations):
            rows.delete_many({})
    assert deleted.returncode == 1
    assert "recreated" in deleted.stderr
    assert (begun["audited"], begun["base"]) == (None, base)
    assert (read["audited"], read["behind"]) == (before["last"], 2)


def test_a_broker_that_goes_away_tells_where_to_go_on_from(endpoints, stream, publish, monkeypatch):
    publish(*[an_event(number) for number in range(10)])
    lines = events(endpoints["XUESHI_AMQP_URI"], Selection(), lambda *_: None, stream)
    assert [next(lines) for _ in range(10)] == [an_event(number) for number in range(10)]
    monkeypatch.setattr(StreamReader, "round", cutting_the_wire(StreamReader.round))
    with pytest.raises(Unreachable, match="Go on with --from 10"):
        list(lines)


def cutting_the_wire(method):
    """The method, once the broker's machine is gone."""

    def cut(self, *arguments):
        self._connection.sock.shutdown(socket.SHUT_RDWR)
        return method(self, *arguments)

    return cut

"""The one reader of the stream, on the real broker: positions, order, ends, and what goes wrong."""

import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pika
import pytest

from shared.eventlog.errors import BrokerAway, StreamMissing, StreamSilent
from shared.eventlog.extent import Patience, first_delivery, rounds_until
from shared.eventlog.reader import StreamReader
from shared.eventlog.topology import LOG_ARGUMENTS
from testkit.servers.layout import REPOSITORY

GREEN = """
import eventlet
eventlet.monkey_patch()
import sys
from shared.eventlog.reader import StreamReader

wait_alone = eventlet.patcher.original("time").sleep
turns = []
def count():
    while True:
        eventlet.sleep(0)
        turns.append(1)

reader = StreamReader(sys.argv[1], "first", stream=sys.argv[2])
eventlet.spawn(count)
read = rounds_without_a_turn = 0
while read < 2_000:
    wait_alone(0.05)  # so that the socket has data, and the reader need not wait for any
    before = len(turns)
    read += len(reader.round(at_least=1))
    rounds_without_a_turn += len(turns) == before
    reader.acknowledge()
reader.close()
print(read, rounds_without_a_turn)
"""


@pytest.fixture(scope="module")
def uri(servers):
    return servers.env_for("payment")["XUESHI_AMQP_URI"]


@pytest.fixture(scope="module")
def channel(uri):
    with pika.BlockingConnection(pika.URLParameters(uri)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


@pytest.fixture
def stream(channel):
    name = f"read-{token_hex(4)}"
    channel.queue_declare(name, durable=True, arguments=LOG_ARGUMENTS)
    yield name
    channel.queue_delete(name)


@pytest.fixture
def publish(channel, stream):
    """Puts so many numbers on the stream, each confirmed by the broker."""

    def confirmed(count):
        for number in range(count):
            channel.basic_publish("", stream, b"%d" % number, mandatory=True)

    return confirmed


def read(uri, stream, start, **options):
    """All bodies from a position on."""
    bodies = []
    with closing(StreamReader(uri, start, stream=stream, **options)) as reader:
        while deliveries := reader.round():
            bodies += [int(delivery.body) for delivery in deliveries]
            reader.acknowledge()
    return bodies


def test_a_position_is_an_offset_a_time_or_an_end(uri, stream, publish):
    publish(600)
    assert read(uri, stream, "first") == list(range(600))
    assert read(uri, stream, 550) == list(range(550, 600))
    assert read(uri, stream, "last")[-1] == 599
    assert read(uri, stream, datetime.now(UTC) - timedelta(hours=1)) == list(range(600))
    assert read(uri, stream, datetime.now(UTC) + timedelta(hours=1)) == []
    assert read(uri, stream, 1 << 33) == []  # beyond 32 bits, and beyond the end


def test_what_is_not_acknowledged_bounds_what_comes(uri, stream, publish):
    publish(30)
    with closing(StreamReader(uri, "first", stream=stream, prefetch=10)) as reader:
        first, second = reader.round(), reader.round()
        reader.acknowledge()
        third = reader.round()
    assert [delivery.offset for delivery in first] == list(range(len(first)))
    assert (10 <= len(first) < 30, second, third[0].offset) == (True, [], len(first))


def test_a_round_ends_with_the_first_message_when_no_more_is_asked_for(uri, stream, publish):
    publish(1)
    with closing(StreamReader(uri, "first", stream=stream)) as reader:
        begun = time.monotonic()
        assert len(reader.round(30, at_least=1)) == 1
        assert time.monotonic() - begun < 10


def test_the_first_delivery_is_that_of_the_end_that_was_asked_for(uri, stream, publish):
    assert first_delivery(uri, "first", stream=stream) is None
    assert first_delivery(uri, "last", stream=stream) is None
    publish(20)
    assert first_delivery(uri, "first", stream=stream).offset == 0
    assert 0 <= first_delivery(uri, "last", stream=stream).offset < 20
    assert first_delivery(uri, 7, stream=stream).body == b"7"


def test_everything_up_to_an_end_comes_and_silence_before_it_is_a_fault(uri, stream, publish):
    publish(700)
    rounds = rounds_until(uri, 100, 699, stream=stream)
    assert [int(delivery.body) for deliveries in rounds for delivery in deliveries] == list(range(100, 700))
    with pytest.raises(StreamSilent):
        list(rounds_until(uri, 100, 700, stream=stream, patience=Patience(fault=1.0)))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert not any(rounds_until(uri, tomorrow, 699, stream=stream, patience=Patience(fault=1.0)))


def test_a_stream_that_is_missing_or_deleted_is_named(uri, stream, channel):
    with pytest.raises(StreamMissing, match="no stream read-nowhere"):
        StreamReader(uri, "first", stream="read-nowhere")
    with closing(StreamReader(uri, "first", stream=stream)) as reader:
        channel.queue_delete(stream)
        with pytest.raises(StreamMissing, match=stream):
            reader.round(10)
    with pytest.raises(StreamMissing):
        first_delivery(uri, "last", stream=stream)


def test_a_broker_that_is_away_is_named_without_its_password():
    with pytest.raises(BrokerAway, match=r"broker at 127\.0\.0\.1:1 does not answer") as error:
        StreamReader("amqp://me:secret@127.0.0.1:1/%2F", "first")
    assert "secret" not in str(error.value)


def test_a_broker_that_refuses_a_login_says_so(uri):
    user, rest = uri.split("@")
    wrong = f"{user[:-1]}{'0' if user[-1] != '0' else '1'}@{rest}"
    with pytest.raises(BrokerAway, match=r"refuses: .*ACCESS_REFUSED"):
        StreamReader(wrong, "first")


def test_the_count_of_a_stream_is_asked_between_rounds(uri, stream, publish):
    with closing(StreamReader(uri, "first", stream=stream)) as reader:
        assert reader.is_empty()
        publish(300)
        bodies = []
        while len(bodies) < 300:
            reader.is_empty()  # what is delivered meanwhile is kept
            bodies += [int(delivery.body) for delivery in reader.round(at_least=1)]
            reader.acknowledge()
    assert bodies == list(range(300))


def test_heartbeats_keep_a_silent_connection(uri, stream, publish):
    with closing(StreamReader(uri, "first", stream=stream, heartbeat=1)) as reader:
        for _ in range(10):
            assert reader.round(0.5) == []
        publish(1)
        assert len(reader.round(10, at_least=1)) == 1


def test_others_get_their_turn_beside_a_reader_under_eventlet(uri, stream, publish):
    publish(2_000)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GREEN, uri, stream],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("2000 0\n", "")

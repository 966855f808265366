"""Copies into one queue on the real broker: all of them, however long it is full."""

import threading
from secrets import token_hex

import pika
import pytest
from amqp import Message
from kombu import Connection

from shared.eventlog.deliveries import Delivery
from shared.messaging import queue_writer
from shared.messaging.queue_writer import QueueGone, QueueWriter
from testkit.waiting import eventually

FULL = {"x-queue-type": "quorum", "x-max-length": 3, "x-overflow": "reject-publish"}


@pytest.fixture(scope="module")
def uri(servers):
    return servers.env_for("payment")["XUESHI_AMQP_URI"]


@pytest.fixture
def channel(uri):
    with pika.BlockingConnection(pika.URLParameters(uri)) as connection:
        yield connection.channel()


@pytest.fixture
def writer(uri):
    """Makes a writer to a queue."""
    with Connection(uri) as connection:
        yield lambda queue: QueueWriter(connection, queue)


def deliveries(count):
    """As the stream delivers them, each with an id."""
    for number in range(count):
        body = b"%d" % number
        properties = Message(body, message_id=f"id-{number}")._serialize_properties()
        header = b"\x00\x3c\x00\x00" + len(body).to_bytes(8, "big") + properties
        yield Delivery(number, body, b"", header)


def test_a_full_queue_is_waited_for(channel, writer, monkeypatch):
    monkeypatch.setattr(queue_writer, "REFUSED_SECONDS", 0.1)
    channel.queue_declare(queue := f"full-{token_hex(4)}", durable=True, arguments=FULL)
    writing = threading.Thread(target=writer(queue).write, args=(list(deliveries(12)),))
    writing.start()
    copies = []

    def everything_came():
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        copies.extend([(properties.message_id, int(body))] if method else [])
        return len(copies) >= 12

    eventually(everything_came, 30)
    writing.join(10)
    assert sorted(copies, key=lambda copy: copy[1]) == [(f"id-{number}", number) for number in range(12)]
    assert not writing.is_alive()
    channel.queue_delete(queue)


def test_a_queue_that_is_gone_is_an_error(writer):
    with pytest.raises(QueueGone, match="nowhere"):
        writer("nowhere").write(list(deliveries(1)))

"""What the broker itself can do: pika to pika, the same bytes, into a quorum queue and the stream."""

import json
import subprocess
import sys
import time

import pika

from shared.eventlog.topology import declare_publisher, events_exchange
from shared.messaging import topology
from testkit.servers.layout import REPOSITORY
from tests.load.events import naive

NOTES, PREFETCH, TOGETHER = 30_000, 1_000, 200
SERVICE = "limit"
INBOX = topology.inbox(SERVICE)
PERSISTENT = pika.BasicProperties(delivery_mode=2, content_type="application/json")
Connection = pika.BlockingConnection


def measure(amqp_uri: str) -> float:
    """Messages a second, from the first that is published to the last that is acknowledged."""
    where = pika.URLParameters(amqp_uri)
    with Connection(where) as connection:
        channel = connection.channel()
        declare_publisher(channel, SERVICE)
        channel.queue_declare(INBOX.name, durable=True, arguments=INBOX.arguments)
        channel.queue_bind(INBOX.name, events_exchange(SERVICE), "#")
        command = [sys.executable, "-m", "tests.load.events.broker_limit", amqp_uri]
        writer = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        last = _take_all(channel)
        began, _ = writer.communicate(timeout=60)
        return NOTES / (last - float(began))


def _take_all(channel: "pika.adapters.blocking_connection.BlockingChannel") -> float:
    """When the last was acknowledged."""
    channel.basic_qos(prefetch_count=PREFETCH)
    deliveries = channel.consume(INBOX.name, inactivity_timeout=60)
    for number, (method, _, _) in zip(range(1, NOTES + 1), deliveries, strict=False):
        if method is None:
            raise RuntimeError(f"{NOTES - number + 1} messages have not come")
        if number % TOGETHER == 0:
            channel.basic_ack(method.delivery_tag, multiple=True)
    return time.time()


def publish(amqp_uri: str) -> None:
    """Publish as fast as the broker lets; prints when it began."""
    with Connection(pika.URLParameters(amqp_uri)) as connection:
        channel = connection.channel()
        print(time.time())
        for number in range(NOTES):
            body = json.dumps(naive.message(f"{number:032d}")).encode()
            channel.basic_publish(events_exchange(SERVICE), naive.TYPE, body, PERSISTENT)


if __name__ == "__main__":
    publish(sys.argv[1])

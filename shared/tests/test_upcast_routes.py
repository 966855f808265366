"""What was published under an older version of a type reaches the queues of who reads the newest."""

import json
from secrets import token_hex

import pika
import pytest

from shared.events.envelope import decode
from shared.events.upcast import UPCASTERS
from shared.messaging import topology
from shared.settings import Settings, read
from shared.tests.probe import ALIAS, CounterRaised

OLDER = "probe.counter.raised.v0"
ENVELOPE = {
    "id": "1", "source": "probe", "type": OLDER, "subject": "1", "sequence": "1",
    "time": "2026-03-01T08:00:00+00:00", "data": {"counter_id": "1", "amount": 7},
}  # fmt: skip


@pytest.fixture
def channel(servers):
    uri = read(Settings, servers.env_for(ALIAS)).amqp_uri
    with pika.BlockingConnection(pika.URLParameters(uri)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


@pytest.fixture
def inbox(channel):
    """The inbox of a service of the test's own."""
    name = f"reader-{token_hex(4)}"
    yield lambda events: topology.declare_consumer(channel, name, events) or topology.inbox(name).name
    for queue in (*topology.path(name), topology.dead(name)):
        channel.queue_delete(queue.name)


def test_an_inbox_hears_the_older_versions_of_a_type(channel, inbox, monkeypatch):
    monkeypatch.setitem(
        UPCASTERS, OLDER, lambda data: {"counter_id": data["counter_id"], "by": data["amount"]}
    )
    queue = inbox([CounterRaised])
    channel.basic_publish("probe.events", OLDER, json.dumps(ENVELOPE), mandatory=True)
    _, _, body = channel.basic_get(queue, auto_ack=True)
    assert decode(body) == CounterRaised(counter_id="1", by=7)

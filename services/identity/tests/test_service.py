"""Identity's events process as it is deployed, on a real broker."""

import json
from collections.abc import Iterator
from typing import Any

import pika
import pytest

from services.identity.domain import learner_account_id
from services.identity.storage import Accounts
from services.identity.tests.builders import a_declaration, an_id_number
from shared.events.envelope import encode
from shared.messaging.publisher import Publisher
from testkit.processes import Process, nameko, running

DELIVERY_SECONDS = 30.0


@pytest.fixture(scope="module")
def events_process(served: Any) -> Iterator[Process]:
    """Identity's events process, ready; it stops when asked."""
    with running(nameko("services.identity.service"), served.environ) as process:
        yield process
        assert process.stop() == 0


@pytest.fixture(scope="module")
def broker(served: Any, events_process: Any) -> Iterator[Any]:
    """A channel of the tests' vhost, once identity listens."""
    connection = pika.BlockingConnection(pika.URLParameters(served.environ["XUESHI_AMQP_URI"]))
    yield connection.channel()
    connection.close()


def test_a_declaration_on_the_broker_opens_an_account_and_says_so(served, broker):
    queue = broker.queue_declare("", exclusive=True).method.queue
    broker.queue_bind(queue, "identity.events", "identity.account.opened.v1")
    event = a_declaration(served.runtime.keyring, id_number=an_id_number())
    entry = {"id": event.published.id, "type": event.TYPE, "body": encode(event)}
    publisher = Publisher(served.environ["XUESHI_AMQP_URI"], "enrollment")
    assert publisher.publish([entry, entry]) == {event.published.id}  # twice, as a crashed relay would
    publisher.close()
    account_id = learner_account_id(event.person_id)
    said = next(message for message in _messages(broker, queue) if message["subject"] == account_id)
    assert said["data"] == {"account_id": account_id, "person_id": event.person_id}
    row = Accounts().rows.find_one({"_id": account_id})
    assert [entry["id"] for entry in row["handled"]] == [event.published.id]
    assert event.personal not in str(row)


def _messages(broker: Any, queue: str) -> Iterator[dict[str, Any]]:
    for _, _, body in broker.consume(queue, auto_ack=True, inactivity_timeout=DELIVERY_SECONDS):
        assert body is not None, "nothing was published"
        yield json.loads(body)

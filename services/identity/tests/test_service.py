"""Identity's events process as it is deployed, on a real broker."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from services.identity.domain import learner_account_id
from services.identity.storage import Accounts
from services.identity.tests.builders import a_declaration, an_id_number
from shared.messaging.envelope import encode
from shared.messaging.relay import Publisher

NAMEKO = Path(sys.executable).with_name("nameko")
READY_SECONDS, DELIVERY_SECONDS = 90.0, 30.0


@pytest.fixture(scope="module")
def events_process(served: Any) -> Iterator[subprocess.Popen[bytes]]:
    """`nameko run services.identity.service`, ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = os.environ | served.environ | {"XUESHI_ADMIN_PORT": str(port)}
    process = subprocess.Popen([NAMEKO, "run", "services.identity.service"], env=environ)
    try:
        _await_ready(port, process)
        yield process
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def broker(served: Any, events_process: Any) -> Iterator[Any]:
    """A channel of the tests' vhost, once identity listens."""
    connection = pika.BlockingConnection(pika.URLParameters(served.environ["XUESHI_AMQP_URI"]))
    yield connection.channel()
    connection.close()


def _await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # between two questions
    raise AssertionError(f"the events process is not ready; its exit status is {process.poll()}")


def test_a_declaration_on_the_broker_opens_an_account_and_says_so(served, broker):
    queue = broker.queue_declare("", exclusive=True).method.queue
    broker.queue_bind(queue, "identity.events", "identity.account.opened.v1")
    event = a_declaration(served.runtime.keyring, id_number=an_id_number())
    entry = {"id": event.published.id, "type": event.TYPE, "body": encode(event)}
    publisher = Publisher(served.environ["XUESHI_AMQP_URI"], "enrollment")
    assert publisher.publish([entry, entry]) == {event.published.id}  # twice, as a crashed relay would
    publisher.close()
    said = _messages(broker, queue)
    account_id = learner_account_id(event.person_id)
    assert next(said)["data"] == {"account_id": account_id, "person_id": event.person_id}
    row = Accounts().rows.find_one({"_id": account_id})
    assert row["handled"] == [event.published.id]
    assert event.personal not in str(row)


def _messages(broker: Any, queue: str) -> Iterator[dict[str, Any]]:
    for _, _, body in broker.consume(queue, auto_ack=True, inactivity_timeout=DELIVERY_SECONDS):
        assert body is not None, "nothing was published"
        yield json.loads(body)

"""What a publisher learns of its messages, on the real broker."""

from secrets import token_hex

import pika
import pytest
from kombu import Connection

from shared.eventlog.publisher import Confirmation, ConfirmingPublisher

TAKEN, REFUSED, UNROUTABLE = Confirmation


@pytest.fixture(scope="module")
def uri(servers):
    return servers.env_for("payment")["XUESHI_AMQP_URI"]


@pytest.fixture
def queue(uri):
    """A queue that takes no more than three messages."""
    full = {"x-queue-type": "quorum", "x-max-length": 3, "x-overflow": "reject-publish"}
    with pika.BlockingConnection(pika.URLParameters(uri)) as connection:
        channel, name = connection.channel(), f"confirmed-{token_hex(4)}"
        channel.queue_declare(name, durable=True, arguments=full)
        yield name
        channel.queue_delete(name)


@pytest.fixture
def connection(uri):
    with Connection(uri) as connection:
        yield connection


def send(publisher, key, queue):
    publisher.send(
        key, b"body", exchange="", routing_key=queue, content_type="text/plain", message_id=str(key)
    )


def test_each_message_has_its_own_answer(connection, queue):
    answers = {}
    publisher = ConfirmingPublisher(connection, answers.__setitem__)
    for key in range(12):
        send(publisher, key, queue if key % 2 else "nowhere")
        while key % 2 and publisher.waiting:  # so that the queue knows how full it is
            publisher.drain(10)
    assert {key for key, answer in answers.items() if answer is UNROUTABLE} == set(range(0, 12, 2))
    to_queue = [answers[key] for key in range(1, 12, 2)]
    assert to_queue[:3] == [TAKEN] * 3
    assert to_queue[-1] is REFUSED


def test_many_messages_may_wait_and_nothing_is_answered_twice(connection, queue):
    answers = []
    publisher = ConfirmingPublisher(connection, lambda key, _: answers.append(key))
    for key in range(500):
        send(publisher, key, "nowhere")
    assert publisher.waiting > 0
    while publisher.waiting:
        publisher.drain(10)
    assert sorted(answers) == list(range(500))


def test_silence_is_a_timeout(connection, queue):
    with pytest.raises(TimeoutError):
        ConfirmingPublisher(connection, lambda *_: None).drain(0.1)


def test_a_message_that_comes_back_is_heard_of_before_its_answer(connection, queue):
    heard = []
    publisher = ConfirmingPublisher(
        connection, lambda *answer: heard.append(answer), lambda *route: heard.append(route)
    )
    send(publisher, 1, "nowhere")
    send(publisher, 2, queue)
    while publisher.waiting:
        publisher.drain(10)
    assert [entry for entry in heard if entry != (2, TAKEN)] == [("", "nowhere"), (1, UNROUTABLE)]

"""One connection to the broker, and what queues answer without being changed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pika
from pika.adapters.blocking_connection import BlockingConnection
from pika.exceptions import AMQPError, ChannelClosedByBroker

from tools.xueshi.errors import Unreachable

ANSWER_SECONDS = 10.0
NOT_FOUND, RESOURCE_LOCKED = 404, 405


def parameters(amqp_uri: str) -> pika.URLParameters:
    """Connect within seconds or say that it cannot be."""
    found = pika.URLParameters(amqp_uri)
    found.socket_timeout = found.stack_timeout = found.blocked_connection_timeout = ANSWER_SECONDS
    return found


@contextmanager
def connected(amqp_uri: str) -> Iterator[BlockingConnection]:
    """A connection while the context lasts. Raises Unreachable when the broker is, or goes, away."""
    try:
        with BlockingConnection(parameters(amqp_uri)) as connection:
            yield connection
    except (AMQPError, OSError) as error:
        raise away(amqp_uri, error) from error


def away(amqp_uri: str, error: BaseException) -> Unreachable:
    """What to tell an operator; the address without its password."""
    where = pika.URLParameters(amqp_uri)
    reason = str(error) or type(error).__name__
    return Unreachable(f"The broker at {where.host}:{where.port} does not answer: {reason}")


def is_held(connection: BlockingConnection, queue: str) -> bool:
    """Whether an exclusive queue stands: it does as long as the connection that has declared it."""
    channel = connection.channel()
    try:
        channel.queue_declare(queue, passive=True)
    except ChannelClosedByBroker as error:
        if error.reply_code not in (NOT_FOUND, RESOURCE_LOCKED):
            raise
        return bool(error.reply_code == RESOURCE_LOCKED)
    channel.close()
    return True


def depth(connection: BlockingConnection, queue: str) -> int | None:
    """How many messages are ready in a queue; None when there is no such queue."""
    channel = connection.channel()
    try:
        ready = int(channel.queue_declare(queue, passive=True).method.message_count)
    except ChannelClosedByBroker as error:
        if error.reply_code != NOT_FOUND:
            raise
        return None
    channel.close()
    return ready

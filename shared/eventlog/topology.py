"""The exchanges that services publish on, and the stream that is bound to all of them."""

from dataclasses import dataclass
from typing import Any

from shared.events.base import REGISTRY, producer_of

LOG_STREAM = "events.log"
LOG_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "stream",
    "x-max-age": "30D",
    "x-max-length-bytes": 50_000_000_000,
    "x-stream-max-segment-size-bytes": 100_000_000,
}


@dataclass(frozen=True)
class Queue:
    """One queue with its arguments."""

    name: str
    arguments: dict[str, Any]


def events_exchange(service: str) -> str:
    """The exchange of everything that a service publishes."""
    return f"{service}.events"


def declare_log(channel: Any) -> None:
    """Declare the log, bound to everything that is published (py-amqp channel)."""
    declare(channel, Queue(LOG_STREAM, LOG_ARGUMENTS))
    for service in sorted({producer_of(event_class) for event_class in REGISTRY.values()}):
        _bind_to_log(channel, service)


def declare_publisher(channel: Any, service: str) -> None:
    """Declare what a publishing service needs (py-amqp channel): its exchange, bound to the log."""
    declare(channel, Queue(LOG_STREAM, LOG_ARGUMENTS))
    _bind_to_log(channel, service)


def declare(channel: Any, queue: Queue) -> None:
    """Declare one queue (py-amqp channel)."""
    channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=queue.arguments)


def _bind_to_log(channel: Any, service: str) -> None:
    channel.exchange_declare(events_exchange(service), "topic", durable=True, auto_delete=False)
    channel.queue_bind(LOG_STREAM, events_exchange(service), "#")

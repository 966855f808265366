"""Exchanges and queues, by name and by argument; every limit is explicit here.

A service publishes on the topic exchange `<service>.events`, routing key = event type. It reads one quorum
queue, `<service>.inbox`. What fails goes through TTL queues back to the inbox, then to `<service>.dead`.
Everything published also reaches the stream `events.log`.
"""

from typing import Any

from shared.eventlog.topology import Queue, declare, events_exchange
from shared.events.base import Event, producer_of
from shared.events.upcast import types_read_as

RETRY_DELAYS_MS = (1_000, 10_000, 60_000, 600_000)
DELIVERY_LIMIT = 20  # deliveries without an answer (crashes) before a message counts as poison
MAX_INBOX_BYTES = 2_000_000_000
RETRY_HEADER = "x-xueshi-retry"


def exchange_of(event_class: type[Event]) -> str:
    """The exchange on which an event is published."""
    return events_exchange(producer_of(event_class))


def relay_turn(service: str) -> str:
    """The exclusive queue whose connection relays for the service; nothing is ever in it."""
    return f"{service}.relay"


def inbox(service: str) -> Queue:
    """The queue that a service reads; what it rejects or fails on 20 times dead-letters at least once."""
    return work_queue(f"{service}.inbox", dead=dead(service).name)


def work_queue(name: str, dead: str) -> Queue:
    """A quorum queue that dead-letters at least once to the queue `dead`."""
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-overflow": "reject-publish",
        "x-max-length-bytes": MAX_INBOX_BYTES,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead,
        "x-dead-letter-strategy": "at-least-once",
    }
    return Queue(name, arguments)


def retry(service: str, attempt: int) -> Queue:
    """The queue that holds a message back before its next attempt (counted from 0)."""
    delay = RETRY_DELAYS_MS[attempt]
    arguments = work_queue("", dead=inbox(service).name).arguments | {"x-message-ttl": delay}
    del arguments["x-delivery-limit"]
    return Queue(f"{service}.retry.{delay // 1000}s", arguments)


def dead(service: str) -> Queue:
    """Where messages wait for an operator."""
    arguments = {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-max-length-bytes": MAX_INBOX_BYTES,
    }
    return Queue(f"{service}.dead", arguments)


def declare_consumer(channel: Any, service: str, events: list[type[Event]]) -> None:
    """Declare what a subscribing service needs: inbox, retry queues, dead letters, bindings."""
    for queue in (dead(service), *path(service)):
        declare(channel, queue)
    for exchange, type_ in routes(events):
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        channel.queue_bind(inbox(service).name, exchange, type_)


def path(service: str) -> list[Queue]:
    """The queues in which an event may wait for the service: inbox and retry queues."""
    return [inbox(service), *(retry(service, attempt) for attempt in range(len(RETRY_DELAYS_MS)))]


def routes(events: list[type[Event]]) -> list[tuple[str, str]]:
    """Exchange and routing key of everything that reads as one of these classes."""
    return [(exchange_of(event), type_) for event in events for type_ in types_read_as(event)]

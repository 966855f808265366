"""A publisher that sends many events before it waits for the broker's confirms."""

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import structlog
from amqp import Message
from kombu import Connection

from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.topology import declare_publisher, events_exchange
from shared.observability import RETURNED

log = structlog.get_logger()
CONFIRM_SECONDS = 10.0


class Publisher:
    """A channel in confirm mode that publishes many messages before it waits for their confirms."""

    def __init__(self, amqp_uri: str, service: str) -> None:
        self._connection = Connection(amqp_uri, connect_timeout=5, heartbeat=20)
        self._channel = self._connection.channel()
        declare_publisher(self._channel, service)
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._settle)
        self._channel.events["basic_nack"].add(self._refuse)
        self._channel.events["basic_return"].add(self._returned)
        self._exchange, self._tag = events_exchange(service), 0
        self._waiting: dict[int, str] = {}
        self._failed: set[str] = set()

    def publish(self, entries: Iterable[dict[str, Any]]) -> set[str]:
        """Publish outbox entries; returns the ids that the broker has taken. Raises on a lost connection."""
        self._failed.clear()
        sent = []
        for entry in entries:
            self._tag += 1
            self._waiting[self._tag] = entry["id"]
            sent.append(entry["id"])
            self._send(entry)
        deadline = time.monotonic() + CONFIRM_SECONDS
        while self._waiting:
            self._connection.drain_events(timeout=max(0.01, deadline - time.monotonic()))
        return set(sent) - self._failed

    def heartbeat(self) -> None:
        """Keep an idle connection alive."""
        self._connection.heartbeat_check()
        with suppress(TimeoutError):
            self._connection.drain_events(timeout=0.001)

    def close(self) -> None:
        """Close the connection; a broken one is dropped."""
        with suppress(Exception):
            self._connection.close()

    def _send(self, entry: dict[str, Any]) -> None:
        message = Message(
            entry["body"].encode(), content_type=CONTENT_TYPE, delivery_mode=2, message_id=entry["id"]
        )
        self._channel._basic_publish(
            message, exchange=self._exchange, routing_key=entry["type"], mandatory=True
        )

    def _settle(self, tag: int, multiple: bool) -> None:
        for settled in [it for it in self._waiting if it == tag or (multiple and it < tag)]:
            del self._waiting[settled]

    def _refuse(self, tag: int, multiple: bool) -> None:
        self._failed |= {id for it, id in self._waiting.items() if it == tag or (multiple and it < tag)}
        self._settle(tag, multiple)

    def _returned(self, exc: Any, exchange: str, routing_key: str, message: Any) -> None:
        RETURNED.labels(exchange).inc()
        log.error("event.unroutable", exchange=exchange, routing_key=routing_key)
        self._failed.add(message.properties.get("message_id", ""))

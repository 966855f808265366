"""The outbox relay: publishes committed events, in order per aggregate, and clears what was confirmed.

It runs in a service's events process, under eventlet. A crash between confirm and clear publishes again;
consumers take each event once.
"""

import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from amqp import Message
from kombu import Connection
from nameko.extensions import DependencyProvider
from pymongo.errors import DuplicateKeyError

from shared.clock import utc_now
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.topology import declare_publisher, events_exchange
from shared.observability import OLDEST_UNSENT, PUBLISHED, RETURNED
from shared.repository import Repository

log = structlog.get_logger()
BATCH = 200  # aggregates a round
CONFIRM_SECONDS = 10.0
LEASE = timedelta(seconds=5)
IDLE_SECONDS = 0.05


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


class Lease:
    """Only one relay of a service publishes at a time, so that order is kept."""

    def __init__(self, collection: Any) -> None:
        self._leases, self._owner = collection, secrets.token_hex(8)

    def held(self) -> bool:
        """Take or renew the lease; False while another process holds it."""
        now = utc_now()
        mine = {"_id": "relay", "$or": [{"owner": self._owner}, {"until": {"$lt": now}}]}
        with suppress(DuplicateKeyError):
            self._leases.update_one(mine, {"$set": {"owner": self._owner, "until": now + LEASE}}, upsert=True)
            return True
        return False


class Relay(DependencyProvider):  # type: ignore[misc]
    """Nameko extension that runs the relay beside the handlers of a service.

    `repositories` is the service class's attribute of that name: all that have an outbox.
    """

    _stopped = False
    is_ready = False  # connected to the broker

    def start(self) -> None:
        """Begin relaying in a thread of the container; should it die, the container dies with it."""
        self.container.spawn_managed_thread(self._run, identifier="outbox relay")

    def stop(self) -> None:
        """Stop after the round in progress."""
        self._stopped = True

    def _run(self) -> None:
        service = self.container.service_cls
        publisher: Publisher | None = None
        lease = Lease(service.repositories[0].document._get_db()["relay_lease"])
        while not self._stopped:
            try:
                publisher = publisher or Publisher(service.settings().amqp_uri, service.name)
                self.is_ready = True
                if not lease.held() or not self._round(publisher, service.repositories):
                    publisher.heartbeat()
                    time.sleep(IDLE_SECONDS)
            except Exception as error:
                log.warning("relay.interrupted", error=f"{type(error).__name__}: {error}")
                if publisher:
                    publisher.close()
                publisher, self.is_ready = None, False
                time.sleep(1)

    def _round(self, publisher: Publisher, repositories: list[Repository[Any]]) -> int:
        """One pass over all outboxes; returns how many events were confirmed."""
        name, rows = (
            self.container.service_cls.name,
            [(it, row) for it in repositories for row in _unsent(it)],
        )
        confirmed = publisher.publish(entry for _, row in rows for entry in row["outbox"])
        for repository, row in rows:
            _clear(repository, row, confirmed)
        oldest = min((row["outbox"][0]["at"] for _, row in rows), default=None)
        OLDEST_UNSENT.labels(name).set((utc_now() - oldest).total_seconds() if oldest else 0)
        PUBLISHED.labels(name).inc(len(confirmed))
        return len(confirmed)


def _unsent(repository: Repository[Any]) -> list[dict[str, Any]]:
    found = repository.rows.find({"outbox.at": {"$exists": True}}, {"outbox": 1})
    rows: list[dict[str, Any]] = list(found.sort("outbox.at", 1).limit(BATCH))
    return rows


def _clear(repository: Repository[Any], row: dict[str, Any], confirmed: set[str]) -> None:
    done = [entry["id"] for entry in row["outbox"] if entry["id"] in confirmed]
    if done:
        repository.rows.update_one({"_id": row["_id"]}, {"$pull": {"outbox": {"id": {"$in": done}}}})

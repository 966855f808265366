"""A queue that was deleted is recreated, and filled again from the log.

A request is written down before that, and deleted once everything that may have been in the queue has been
copied: a death in between only repeats the copying, and repeats have no effect (docs/adr/0009).
"""

import time
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from amqp.exceptions import NotFound
from eventlet.queue import Empty, Full, LightQueue
from kombu import Connection
from mongoengine.connection import get_db

from shared.eventlog.deliveries import Delivery
from shared.eventlog.topology import declare as declare_queue
from shared.events.base import Event
from shared.messaging import topology
from shared.messaging.log_copy import LogCopy
from shared.messaging.watermark import Requests, Watermark
from shared.observability.metrics import QUEUES_MISSING, REFILLED
from shared.persistence.connection import connect
from shared.persistence.lease import Lease
from shared.settings import Settings

log = structlog.get_logger()
LOOK_SECONDS = 10.0  # between two looks at the queues
AGAIN_SECONDS = 1.0  # after a look that failed


class QueueRecovery(ABC):
    """Watches over a queue that events are read from, in each process that reads it.

    `path` names the queues in which such an event may wait; all of them are refilled through `queue`.
    """

    def __init__(self, settings: Settings, queue: str, path: list[str], events: list[type[Event]]) -> None:
        connect(settings)  # the same connection as the runtime's; extensions are set up in any order
        self.database = get_db(settings.service)
        self._uri, self._queue, self._path = settings.amqp_uri, queue, path
        self._routes = topology.routes(events)
        self._requests = Requests(self.database, queue)
        self._lease = Lease(self.database[f"lease_{queue}"])
        self._woken, self._stopped = LightQueue(maxsize=1), False

    @abstractmethod
    def since(self) -> datetime | None:
        """What may have been lost was published since then; None: nothing can have been."""

    @abstractmethod
    def make(self, channel: Any) -> None:
        """Declare and bind everything (py-amqp channel)."""

    def wants(self, delivery: Delivery) -> bool:
        """Whether a message of the log is to be copied; it has one of the routes of the queue."""
        return True

    def declare(self, channel: Any) -> None:
        """Recreate what is missing, having written down that it is (py-amqp channel).

        What exists is only bound: declaring would recreate it, unnoticed, had it gone a moment ago.
        """
        missing = [queue for queue in self._path if not _exists(channel, queue)]
        if not missing:
            for exchange, type_ in self._routes:
                channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
                channel.queue_bind(self._queue, exchange, type_)
            return
        if since := self.since():
            self._requests.add(since)
        self._report(missing, since)
        self.make(channel)
        with suppress(Full):
            self._woken.put_nowait(None)

    def declare_first(self) -> None:
        """As a process starts: wait for the broker; what exists must have our arguments, or this raises."""
        with Connection(self._uri, connect_timeout=5) as connection:
            connection.ensure_connection(self._wait, interval_start=1, interval_step=1, interval_max=2)
            self.declare(connection.default_channel)
            self.make(connection.default_channel)

    def run(self) -> None:
        """Look, and do what is due, until stopped."""
        while not self._stopped:
            try:
                self.look()
            except Exception as error:  # the servers are away, or the queue is gone again: it stays due
                log.warning("refill.interrupted", queue=self._queue, error=f"{type(error).__name__}: {error}")
                time.sleep(AGAIN_SECONDS)
            with suppress(Empty):
                self._woken.get(timeout=LOOK_SECONDS)

    def stop(self) -> None:
        """Leave what is due to the next process."""
        self._stopped = True

    def look(self) -> None:
        """Once."""
        with Connection(self._uri, connect_timeout=5) as connection:
            self.declare(connection.default_channel)
            due = self._requests.due()
            if due and self._lease.held():
                self.fill(connection, due)

    def _wait(self, error: Exception, interval: float) -> None:
        log.warning("broker.away", error=str(error), next_try_seconds=interval)
        if self._stopped:
            raise error

    def _report(self, missing: list[str], since: datetime | None) -> None:
        if since is None:
            log.info("queues.made", queues=missing)
            return
        for queue in missing:
            QUEUES_MISSING.labels(queue).inc()
        log.error("queues.missing", queues=missing, refill_since=since.isoformat())

    def fill(self, connection: Connection, due: dict[str, Any]) -> None:
        """Copy, and delete the request."""
        copy = LogCopy(self._uri, connection, self._queue, self._routes, self.wants)
        for copied in copy.since(due["since"]):
            REFILLED.labels(self._queue).inc(copied)
            if self._stopped or not self._lease.held():
                return  # another process goes on, from the beginning
        self._requests.done(due["token"])
        since = due["since"].isoformat()
        log.warning("queue.refilled", queue=self._queue, since=since, events=copy.copied, read=copy.read)


class InboxRecovery(QueueRecovery):
    """The inbox of a service and its retry queues; dead letters are recreated, and left to a person."""

    def __init__(self, settings: Settings, service: str, events: list[type[Event]]) -> None:
        path = [queue.name for queue in topology.path(service)]
        super().__init__(settings, topology.inbox(service).name, path, events)
        self._service, self._events = service, events
        self.watermark = Watermark(self.database)

    def since(self) -> datetime | None:
        """As the watermark says; a first inbox begins it."""
        since = self.watermark.since()
        if since is None:
            self.watermark.begin()
        return since

    def make(self, channel: Any) -> None:
        """Inbox, retry queues, dead letters, bindings."""
        topology.declare_consumer(channel, self._service, self._events)

    def declare(self, channel: Any) -> None:
        """As for any; dead letters that are gone are reported."""
        dead = topology.dead(self._service)
        if not _exists(channel, dead.name):
            self._report([dead.name], self.watermark.since())
            declare_queue(channel, dead)
        super().declare(channel)

    def look(self) -> None:
        """Store the watermark, too."""
        self.watermark.flush()
        super().look()


def _exists(channel: Any, queue: str) -> bool:
    """Whether there is such a queue; asked on a channel of its own, which the answer may close."""
    asking = channel.connection.channel()
    try:
        asking.queue_declare(queue, passive=True)
    except NotFound:
        return False
    asking.close()
    return True

"""An inbox or a rung of the retry ladder that was deleted is made again, and filled again from the log.

That one is missing is written down before it is made, and crossed out once everything that may have been in
it has been copied: a death in between only repeats the copying, and repeats have no effect (docs/adr/0009).
"""

import time
from contextlib import suppress
from typing import Any

import structlog
from amqp.exceptions import NotFound
from eventlet.queue import Empty, Full, LightQueue
from kombu import Connection
from mongoengine.connection import get_db

from shared.events.base import Event
from shared.messaging import topology
from shared.messaging.lease import Lease
from shared.messaging.reread import Copy
from shared.messaging.watermark import Watermark
from shared.observability import QUEUES_MISSING, REFILLED
from shared.settings import Settings
from shared.storage import connect

log = structlog.get_logger()
LOOK_SECONDS = 10.0  # between two looks at the queues, and two writings of the watermark


class Refill:
    """Watches over the queues of one service, in each of its events processes."""

    def __init__(self, settings: Settings, service: str, events: list[type[Event]]) -> None:
        connect(settings)  # the same connection as the runtime's; extensions are set up in any order
        self._uri, self._service, self._events = settings.amqp_uri, service, events
        self.watermark = Watermark(get_db(settings.service))
        self._lease = Lease(get_db(settings.service)["refill_lease"])
        self._woken, self._stopped = LightQueue(maxsize=1), False

    def declare(self, channel: Any) -> None:
        """Declare what is missing, having written down that it is (py-amqp channel).

        What stands is only bound: declaring would make it anew, unnoticed, had it gone a moment ago.
        """
        missing = [it.name for it in self._queues() if not _stands(channel, it.name)]
        if not missing:
            topology.bind_consumer(channel, self._service, self._events)
            return
        self._tell(missing, self.watermark.request() if self._is_due(missing) else None)
        topology.declare_consumer(channel, self._service, self._events)
        with suppress(Full):
            self._woken.put_nowait(None)

    def run(self) -> None:
        """Look, and do what is due, until stopped."""
        while not self._stopped:
            try:
                self._look()
            except Exception as error:  # the servers are away, or the inbox is gone again: it stays due
                log.warning("refill.interrupted", error=f"{type(error).__name__}: {error}")
                time.sleep(1)
            with suppress(Empty):
                self._woken.get(timeout=LOOK_SECONDS)

    def stop(self) -> None:
        """Leave what is due to the next process."""
        self._stopped = True

    def _queues(self) -> list[topology.Queue]:
        return [*topology.path(self._service), topology.dead(self._service)]

    def _is_due(self, missing: list[str]) -> bool:
        """Dead letters are for a person: what they were stands in the log."""
        return missing != [topology.dead(self._service).name]

    def _tell(self, missing: list[str], since: Any) -> None:
        if len(missing) == len(self._queues()) and since is None:
            log.info("inbox.first", service=self._service)
            return
        for queue in missing:
            QUEUES_MISSING.labels(queue).inc()
        log.error("queues.missing", queues=missing, refill_since=since and since.isoformat())

    def _look(self) -> None:
        self.watermark.flush()
        with Connection(self._uri, connect_timeout=5) as connection:
            self.declare(connection.default_channel)
            due = self.watermark.requested()
            if due and self._lease.held():
                self._fill(connection, due)

    def _fill(self, connection: Connection, due: dict[str, Any]) -> None:
        copy = Copy(connection, topology.inbox(self._service).name, topology.routes(self._events))
        for copied in copy.since(due["since"]):
            REFILLED.labels(self._service).inc(copied)
            if self._stopped or not self._lease.held():
                return  # another process goes on, from the beginning
        self.watermark.done(due["token"])
        log.warning("inbox.refilled", since=due["since"].isoformat(), events=copy.copied, read=copy.read)


def _stands(channel: Any, queue: str) -> bool:
    """Whether there is such a queue; asked on a channel of its own, which the answer may close."""
    asking = channel.connection.channel()
    try:
        asking.queue_declare(queue, passive=True)
    except NotFound:
        return False
    asking.close()
    return True

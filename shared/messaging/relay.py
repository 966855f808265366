"""The outbox relay: publishes committed events, in order per aggregate, and clears what was confirmed.

It runs in a service's events process, under eventlet; of several processes one has the turn. A crash between
confirm and clear publishes again; consumers take each event once. Commits of its own process wake it at once,
those of others by a change stream; without either it looks twice a second.
"""

import time
from contextlib import suppress
from threading import Event
from typing import Any

import structlog
from eventlet.queue import Empty, LightQueue
from mongoengine.connection import get_db
from nameko.extensions import DependencyProvider

from shared.messaging.outbox import MAX_AGGREGATES, Outboxes
from shared.messaging.publisher import Publisher
from shared.observability.metrics import OLDEST_UNSENT, PUBLISHED
from shared.persistence.commits import subscribe
from shared.persistence.processed_events import HANDLED

log = structlog.get_logger()
IDLE_SECONDS = 0.5
GATHER_SECONDS, MANY = 0.003, 5  # after a batch of many events, the next ones may arrive together
RETRY_SECONDS = 1.0
BUSY_SECONDS = 0.1  # a relay that works for longer finds what is committed meanwhile by itself
COMMITS = [  # only a write with events sets `recorded_at`: most have none, and clearing an outbox has none
    {
        "$match": {
            "ns.coll": {"$ne": HANDLED},
            "$or": [
                {"operationType": "insert", "fullDocument.outbox.0": {"$exists": True}},
                {"operationType": "update", "updateDescription.updatedFields.recorded_at": {"$exists": True}},
            ],
        }
    },
    {"$project": {"_id": 1}},
]


class Relay(DependencyProvider):  # type: ignore[misc]
    """Nameko extension that runs the relay beside the handlers of a service.

    It relays for the repositories of the service's runtime: all stores that have an outbox.
    """

    _stopped = False
    is_ready = False  # connected to the broker

    def start(self) -> None:
        """Begin relaying in threads of the container; should one die, the container dies with it."""
        self._committed, self._asleep = LightQueue(maxsize=1), Event()
        subscribe(self._wake)
        self.container.spawn_managed_thread(self._run, identifier="outbox relay")
        self.container.spawn_managed_thread(self._watch_commits, identifier="outbox wake-up")

    def stop(self) -> None:
        """Stop after the batch in progress."""
        self._stopped = True

    def _run(self) -> None:
        service = self.container.service_cls
        publisher: Publisher | None = None
        runtime = service.process_runtime()
        outboxes = Outboxes(runtime.repositories)
        while not self._stopped:
            try:
                publisher = publisher or Publisher(runtime.settings.amqp_uri, service.name)
                self.is_ready = True
                if publisher.take_turn() and self._relay_batch(publisher, outboxes) >= MANY:
                    time.sleep(GATHER_SECONDS)
                else:
                    publisher.heartbeat()
                    self._sleep()
            except Exception as error:
                log.warning("relay.interrupted", error=f"{type(error).__name__}: {error}")
                if publisher:
                    publisher.close()
                publisher, self.is_ready = None, False
                time.sleep(RETRY_SECONDS)
        if publisher:
            publisher.close()  # passes the turn to a relay that stands by

    def _sleep(self) -> None:
        """Until something is committed; a commit since the last batch ends the sleep at once."""
        self._asleep.set()
        with suppress(Empty):
            self._committed.get(timeout=IDLE_SECONDS)
        self._asleep.clear()

    def _watch_commits(self) -> None:
        """Wake the relay at commits while it sleeps; without the change stream it is only slower."""
        while not self._stopped:
            self._asleep.wait()
            try:
                self._wake_at_commits()
            except Exception as error:
                log.warning("relay.change_stream_lost", error=f"{type(error).__name__}: {error}")
                time.sleep(RETRY_SECONDS)

    def _wake_at_commits(self) -> None:
        """Until the relay has been at work for so long that a wake-up for each commit would only cost."""
        with self._database().watch(COMMITS, batch_size=MAX_AGGREGATES) as changes:
            self._wake()  # for what was committed before this stream began
            for _ in changes:
                self._wake()
                if not self._asleep.wait(BUSY_SECONDS) or self._stopped:
                    return

    def _wake(self) -> None:
        if self._committed.empty():
            self._committed.put(None)

    def _database(self) -> Any:
        return get_db(self.container.service_cls.process_runtime().settings.service)

    def _relay_batch(self, publisher: Publisher, outboxes: Outboxes) -> int:
        """One pass over all outboxes; returns how many events were confirmed."""
        name, batch = self.container.service_cls.name, outboxes.load()
        OLDEST_UNSENT.labels(name).set(outboxes.oldest().total_seconds())
        if publisher.blocked:
            return 0
        publisher.run(batch)
        confirmed = outboxes.clear(batch)
        PUBLISHED.labels(name).inc(confirmed)
        return confirmed

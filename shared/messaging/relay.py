"""The outbox relay: publishes committed events, in order per aggregate, and clears what was confirmed.

It runs in a service's events process, under eventlet. A crash between confirm and clear publishes again;
consumers take each event once. A change stream wakes it; without one it looks twice a second.
"""

import time
from contextlib import suppress
from typing import Any

import structlog
from eventlet.queue import Empty, LightQueue
from nameko.extensions import DependencyProvider

from shared.clock import utc_now
from shared.messaging.lease import Lease
from shared.messaging.publisher import Publisher
from shared.observability import OLDEST_UNSENT, PUBLISHED
from shared.repository import Repository

log = structlog.get_logger()
BATCH = 200  # aggregates a round
IDLE_SECONDS = 0.5
RETRY_SECONDS = 1.0
COMMITS = [{"$match": {"operationType": {"$in": ["insert", "update"]}, "ns.coll": {"$ne": "relay_lease"}}}]


class Relay(DependencyProvider):  # type: ignore[misc]
    """Nameko extension that runs the relay beside the handlers of a service.

    `repositories` is the service class's attribute of that name: all that have an outbox.
    """

    _stopped = False
    is_ready = False  # connected to the broker

    def start(self) -> None:
        """Begin relaying in threads of the container; should one die, the container dies with it."""
        self._committed = LightQueue(maxsize=1)
        self.container.spawn_managed_thread(self._run, identifier="outbox relay")
        self.container.spawn_managed_thread(self._listen, identifier="outbox wake-up")

    def stop(self) -> None:
        """Stop after the round in progress."""
        self._stopped = True

    def _run(self) -> None:
        service = self.container.service_cls
        publisher: Publisher | None = None
        lease = Lease(self._database()["relay_lease"])
        while not self._stopped:
            try:
                publisher = publisher or Publisher(service.settings().amqp_uri, service.name)
                self.is_ready = True
                if not lease.held() or not self._round(publisher, service.repositories):
                    publisher.heartbeat()
                    self._idle()
            except Exception as error:
                log.warning("relay.interrupted", error=f"{type(error).__name__}: {error}")
                if publisher:
                    publisher.close()
                publisher, self.is_ready = None, False
                time.sleep(RETRY_SECONDS)

    def _idle(self) -> None:
        with suppress(Empty):
            self._committed.get(timeout=IDLE_SECONDS)

    def _listen(self) -> None:
        """Wake the relay at each commit; a lost stream only makes it slower."""
        while not self._stopped:
            try:
                with self._database().watch(COMMITS, batch_size=BATCH) as changes:
                    for _ in changes:
                        self._wake()
            except Exception as error:
                log.warning("relay.deaf", error=f"{type(error).__name__}: {error}")
                time.sleep(RETRY_SECONDS)

    def _wake(self) -> None:
        if self._committed.empty():
            self._committed.put(None)

    def _database(self) -> Any:
        return self.container.service_cls.repositories[0].document._get_db()

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

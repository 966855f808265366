"""A clock that the test moves, the log of all published events, and deliveries that take time."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from shared.domain.aggregate import Aggregate
from shared.events.base import Event, Meta, producer_of

MAX_TRANSIT_MS = 2_000  # an auditor allows for five seconds


class Stream:
    """Publishes events, and delivers them in order while time passes; `log` is what an auditor reads."""

    def __init__(
        self, chance: Random, now: datetime, skews: Mapping[str, timedelta], deliver: Callable[[Event], None]
    ) -> None:
        self.now, self.log = now, list[Event]()
        self._chance, self._skews, self._deliver = chance, skews, deliver
        self._sequences: Counter[tuple[str, str]] = Counter()
        self._in_transit: deque[tuple[datetime, Event]] = deque()

    def clock_of(self, service: str) -> datetime:
        """The time by the clock of a service's machine."""
        return self.now + self._skews.get(service, timedelta())

    def publish_from(self, aggregate: Aggregate) -> None:
        """Publish the events that the aggregate has recorded, as its relay would."""
        recorded = [*aggregate.events]
        aggregate.events.clear()
        for event in recorded:
            self.publish(event, aggregate.id)

    def publish(self, event: Event, subject: str) -> Event:
        """Into the log at once, to its readers later."""
        source = producer_of(type(event))
        self._sequences[source, subject] += 1
        sequence = self._sequences[source, subject]
        meta = Meta(
            id=f"{source}/{subject}/{sequence}",
            source=source,
            type=event.TYPE,
            subject=subject,
            sequence=sequence,
            time=self.clock_of(source),
        )
        published = replace(event, meta=meta)
        self.log.append(published)
        self._send(published)
        return published

    def wait(self, ms: int) -> None:
        """Time passes; events are delivered when they arrive."""
        until = self.now + timedelta(milliseconds=ms)
        while self._in_transit and self._in_transit[0][0] <= until:
            self.now, event = self._in_transit.popleft()
            self._deliver(event)
        self.now = until

    def _send(self, event: Event) -> None:
        arrives = self.now + timedelta(milliseconds=self._chance.randrange(MAX_TRANSIT_MS))
        last = self._in_transit[-1][0] if self._in_transit else self.now
        self._in_transit.append((max(arrives, last), event))

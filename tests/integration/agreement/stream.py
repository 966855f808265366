"""A clock that moves when it is told to, the log of all that is published, and a post that takes its time."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from shared.domain.aggregate import Aggregate
from shared.events.base import Event, Meta, producer_of

MOST_TRANSIT_MS = 2_000  # an auditor allows for five seconds


class Stream:
    """Publishes events, and delivers them in order to whoever waits; `log` is what an auditor reads."""

    def __init__(
        self, chance: Random, now: datetime, skews: Mapping[str, timedelta], deliver: Callable[[Event], None]
    ) -> None:
        self.now, self.log = now, list[Event]()
        self._chance, self._skews, self._deliver = chance, skews, deliver
        self._sequences: Counter[tuple[str, str]] = Counter()
        self._post: deque[tuple[datetime, Event]] = deque()

    def clock_of(self, service: str) -> datetime:
        """What the machine of a service takes the time to be."""
        return self.now + self._skews.get(service, timedelta())

    def publish_from(self, aggregate: Aggregate) -> None:
        """What the aggregate has recorded, as its relay would."""
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
        """Time passes, and what arrives in it is taken in when it arrives."""
        until = self.now + timedelta(milliseconds=ms)
        while self._post and self._post[0][0] <= until:
            self.now, event = self._post.popleft()
            self._deliver(event)
        self.now = until

    def _send(self, event: Event) -> None:
        arrives = self.now + timedelta(milliseconds=self._chance.randrange(MOST_TRANSIT_MS))
        last = self._post[-1][0] if self._post else self.now
        self._post.append((max(arrives, last), event))

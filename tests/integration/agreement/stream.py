"""A clock that the test moves, the log of all published events, and deliveries that take time."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from shared.events.base import Event

TRANSIT_MS = (20, 200, 1_000, 5_000, 60_000, 600_000)  # at most, each with its weight
WEIGHTS = (40, 40, 10, 6, 3, 1)
REPEATED = 0.05  # of the deliveries come again
Deliver = Callable[[Event], None]
Lane = tuple[str, str, str]


class Stream:
    """Carries events to the log and to services while time passes.

    What one service publishes about one subject arrives in order, as it does at a broker; all else may
    overtake.
    """

    def __init__(self, chance: Random, now: datetime) -> None:
        self.now, self.log = now, list[Event]()
        self._chance, self._number = chance, 0
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._last: dict[Lane, datetime] = {}

    def publish(self, event: Event, readers: dict[str, Deliver]) -> None:
        """To the log, and to each of the readers, sometimes twice."""
        self._send(event, "log", self.log.append)
        for reader, deliver in readers.items():
            self._send(event, reader, deliver)
            if self._chance.random() < REPEATED:
                self._send(event, reader, deliver)

    def at(self, time: datetime, do: Callable[[], None]) -> None:
        """Have something done when the time comes."""
        self._number += 1
        heapq.heappush(self._due, (max(time, self.now), self._number, do))

    def wait(self, ms: int) -> None:
        """Time passes; what is due meanwhile happens."""
        until = self.now + timedelta(milliseconds=ms)
        while self._due and self._due[0][0] <= until:
            self.now, _, do = heapq.heappop(self._due)
            do()
        self.now = until

    def _send(self, event: Event, reader: str, deliver: Deliver) -> None:
        meta = event.published
        lane = reader, meta.source, meta.subject
        most = self._chance.choices(TRANSIT_MS, WEIGHTS)[0]
        arrives = self.now + timedelta(milliseconds=self._chance.randrange(most))
        self._last[lane] = max(arrives, self._last.get(lane, arrives))
        self.at(self._last[lane], lambda: deliver(event))

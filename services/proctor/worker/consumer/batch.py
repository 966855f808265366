"""Jobs that gather into a batch: until it is full, or its first job has waited long enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from shared.events.proctor import JobQueued

MAX_JOBS = 32
GATHER_SECONDS = 0.02  # how long the first job of a batch waits for others
IDLE_SECONDS = 0.5  # between two looks at the stop signal


@dataclass(frozen=True)
class Delivery:
    """A job and the tag that acknowledges it."""

    tag: int
    job: JobQueued


class PendingJobs:
    """Jobs that have arrived and are not yet in a batch."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock  # seconds
        self._deliveries: list[Delivery] = []
        self._first_at = 0.0

    def add(self, delivery: Delivery) -> None:
        """Take one more."""
        if not self._deliveries:
            self._first_at = self._clock()
        self._deliveries.append(delivery)

    @property
    def due(self) -> bool:
        """Whether a batch is to be taken now."""
        return bool(self._deliveries) and self.wait_seconds() == 0

    def wait_seconds(self) -> float:
        """How long to wait for more."""
        if not self._deliveries:
            return IDLE_SECONDS
        waited = self._clock() - self._first_at
        return 0 if len(self._deliveries) >= MAX_JOBS else max(0.0, GATHER_SECONDS - waited)

    def take(self) -> list[Delivery]:
        """The next batch, at most `MAX_JOBS`."""
        batch, self._deliveries = self._deliveries[:MAX_JOBS], self._deliveries[MAX_JOBS:]
        return batch

"""Records what the stream delivers in audit's own log, in order, from where it stopped (R31).

The position to go on from is the last stored entry's, never one kept beside it: a crash between reading and
storing loses nothing, and one between storing and acknowledging repeats nothing.
"""

from collections.abc import Sequence

import structlog
from prometheus_client import Counter, Gauge

from services.audit.adapters.event_stream import EventStream
from services.audit.application.read_position import find_read_position
from services.audit.storage import EventLog
from shared.domain.clock import Clock, utc_now
from shared.eventlog.deliveries import Delivery

logger = structlog.get_logger()
ROUND_SECONDS = 1.0  # how long a round waits for a first message; shorter than the lease
BOOKKEEPING = 1  # offsets without a message that the broker leaves where it begins a segment (seen in 3.10)
ENTRIES = Counter("xueshi_log_entries_total", "Events that this process has appended to the log")
MISSING = Counter("xueshi_log_missing_total", "Offsets of the stream that were gone before audit read them")
POSITION = Gauge("xueshi_log_position", "Position of the last entry of the log")


class Recorder:
    """One reading of the stream into the log. Raises EventLogError when broker or stream goes away."""

    def __init__(self, log: EventLog, stream: EventStream, clock: Clock = utc_now) -> None:
        """Declares the stream and finds the position. Raises LogFork."""
        stream.declare()
        position = find_read_position(log, stream, clock())
        self._log, self._base, self._next = log, position.base, position.next
        self._reader = stream.read_from(position.next)

    def round(self, seconds: float = ROUND_SECONDS) -> int:
        """Wait for messages and append what came; returns how many entries are new. Raises LogFork."""
        deliveries = self._reader.round(seconds, at_least=1)
        if not deliveries:
            return 0
        self._note_gaps(deliveries)
        new = self._log.append([(self._base + delivery.offset, delivery.body) for delivery in deliveries])
        self._reader.acknowledge()
        if new:
            ENTRIES.inc(new)
            POSITION.set(self._log.head().position)
        return new

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    def _note_gaps(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if delivery.offset > self._next + BOOKKEEPING:
                MISSING.inc(delivery.offset - self._next)
                logger.error("log_reader.gap", offset=self._next, until=delivery.offset, base=self._base)
            self._next = delivery.offset + 1

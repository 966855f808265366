"""Copies events from the stream `events.log` into a queue, from a time on up to the stream's end."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from datetime import datetime

from kombu import Connection

from shared.eventlog.deliveries import Delivery
from shared.eventlog.extent import Patience, first_delivery
from shared.eventlog.reader import Start, StreamReader
from shared.events.envelope import Undecodable, decode
from shared.messaging.queue_writer import QueueWriter
from shared.messaging.watermark import CLOCKS

PREFETCH, ROUND = 500, 250
PATIENCE = Patience(end=10.0, fault=60.0)
FOLLOW_SECONDS = 15.0  # behind the end: what was on its way is there then, for relays give up after 10 s


class LogCopy:
    """One copying. Raises OSError, AMQPError or EventLogError when the broker, queue or stream goes away."""

    def __init__(
        self,
        amqp_uri: str,
        connection: Connection,
        queue: str,
        routes: Collection[tuple[str, str]],
        wants: Callable[[Delivery], bool],
    ) -> None:
        """It publishes to `queue` on `connection`; `wants` chooses among what has one of the routes."""
        self._amqp_uri, self._routes, self._wants = amqp_uri, set(routes), wants
        self._writer = QueueWriter(connection, queue)
        self.read = self.copied = 0

    def since(self, begin: datetime) -> Iterator[int]:
        """Copy; yields how many events after each round. Ends behind what the stream held at the call."""
        last = first_delivery(self._amqp_uri, "last", patience=PATIENCE)
        reached = last is None
        read_until = time.monotonic() + PATIENCE.fault
        with closing(StreamReader(self._amqp_uri, _start(begin, last), prefetch=PREFETCH)) as reader:
            while time.monotonic() < read_until:
                deliveries = reader.round(at_least=ROUND)
                yield self._copy(deliveries)
                reader.acknowledge()
                if not reached and deliveries:
                    reached = last is not None and deliveries[-1].offset >= last.offset
                    read_until = time.monotonic() + (FOLLOW_SECONDS if reached else PATIENCE.fault)
        if not reached:
            raise TimeoutError("the log has fallen silent before its end")

    def _copy(self, deliveries: list[Delivery]) -> int:
        wanted = [delivery for delivery in deliveries if self._is_wanted(delivery)]
        self._writer.write(wanted)
        self.read, self.copied = self.read + len(deliveries), self.copied + len(wanted)
        return len(wanted)

    def _is_wanted(self, delivery: Delivery) -> bool:
        return delivery.route in self._routes and self._wants(delivery)


def _start(begin: datetime, last: Delivery | None) -> Start:
    """A position from which the stream's last message will surely be reached."""
    if last is None:
        return "first"
    try:
        return min(begin, decode(last.body).published.time - CLOCKS)
    except (Undecodable, TypeError, OverflowError):  # no time, or one without a zone
        return "first"

"""Puts copies of the log's messages into one queue, and does not return before the queue has them."""

import time
from collections.abc import Sequence

from kombu import Connection

from shared.crash_points import crash_point
from shared.eventlog.deliveries import Delivery
from shared.eventlog.errors import EventLogError
from shared.eventlog.publisher import Confirmation, ConfirmingPublisher
from shared.events.envelope import CONTENT_TYPE

CONFIRM_SECONDS = 30.0
REFUSED_SECONDS = 1.0  # before what a full queue has refused is sent again


class QueueGone(EventLogError):
    """There is no queue to write to."""


class QueueWriter:
    """Writes to one queue."""

    def __init__(self, connection: Connection, queue: str) -> None:
        self._queue, self._refused = queue, list[Delivery]()
        self._publisher = ConfirmingPublisher[Delivery](connection, self._answered)

    def write(self, deliveries: Sequence[Delivery]) -> None:
        """Returns once the queue has all of them, however long it is full.

        Raises QueueGone, TimeoutError when nothing is confirmed for 30 s, OSError or AMQPError on a lost
        connection.
        """
        refused = self._write(deliveries)
        while refused:
            time.sleep(REFUSED_SECONDS)
            refused = self._write(refused)
        for _ in deliveries:
            crash_point("within-refill")

    def _write(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Write once; returns what the queue has refused."""
        self._refused = []
        for delivery in deliveries:
            self._publisher.send(
                delivery, delivery.body, content_type=CONTENT_TYPE, message_id=delivery.message_id,
                exchange="", routing_key=self._queue,
            )  # fmt: skip
        until = time.monotonic() + CONFIRM_SECONDS
        while self._publisher.waiting:
            self._publisher.drain(max(0.001, until - time.monotonic()))
        return self._refused

    def _answered(self, delivery: Delivery, confirmation: Confirmation) -> None:
        if confirmation is Confirmation.UNROUTABLE:
            raise QueueGone(f"there is no queue {self._queue}")
        if confirmation is Confirmation.REFUSED:
            self._refused.append(delivery)

"""A publisher that sends many events before it waits for the broker's confirms, and holds its service's turn.

The turn to relay is an exclusive queue on the very connection that publishes: the broker gives it to one
connection at a time and takes it back only with that connection; who has lost it cannot publish either.
"""

import time
from collections.abc import Iterable
from contextlib import suppress

import structlog
from amqp.exceptions import ResourceLocked
from kombu import Connection

from shared.crash_points import crash_point
from shared.eventlog.publisher import Confirmation, ConfirmingPublisher
from shared.eventlog.topology import declare_publisher, events_exchange
from shared.events.envelope import CONTENT_TYPE
from shared.messaging.outbox import Entry, PublishBatch
from shared.messaging.topology import relay_turn
from shared.observability.metrics import BLOCKED, RETURNED

log = structlog.get_logger()
HEARTBEAT_SECONDS = 5  # after about two of them without a sign, the broker lets another relay take over
CONFIRM_SECONDS = 10.0
TICK_SECONDS = 1.0
MAX_IN_FLIGHT = 256


class Publisher:
    """Publishes the events of a service's outboxes, in confirm mode, while it has the turn."""

    def __init__(self, amqp_uri: str, service: str) -> None:
        self._service, self.blocked = service, False
        notices = {"on_blocked": self._block, "on_unblocked": self._unblock}
        self._connection = Connection(
            amqp_uri, connect_timeout=5, heartbeat=HEARTBEAT_SECONDS, transport_options=notices
        )
        self._publisher = ConfirmingPublisher[int](self._connection, self._answered, self._returned)
        declare_publisher(self._publisher.channel, service)
        self._batch, self._answered_at = PublishBatch([]), time.monotonic()
        self._has_turn, self._ask_again_at, self._beaten_at = False, 0.0, time.monotonic()

    def take_turn(self) -> bool:
        """Whether this connection is the one that relays; asks once a second while it isn't."""
        now = time.monotonic()
        if not self._has_turn and now >= self._ask_again_at:
            self._ask_again_at = now + TICK_SECONDS
            self._has_turn = self._lock()
        return self._has_turn

    def publish(self, entries: Iterable[Entry]) -> set[str]:
        """Publish entries that need no order; returns the ids that the broker has taken. Raises as `run`."""
        sent = list(entries)
        self.run(batch := PublishBatch([entry] for entry in sent))
        return {id for index in range(len(sent)) for id in batch.confirmed(index)}

    def run(self, batch: PublishBatch) -> None:
        """Publish what the batch gives, until all of it is answered.

        Raises OSError or AMQPError on a lost connection, TimeoutError after 10 s without an answer from a
        broker that does not block; then this publisher is of no more use.
        """
        self._batch, self._answered_at = batch, time.monotonic()
        while self._send_ready() or self._publisher.waiting:
            self._drain()

    def heartbeat(self) -> None:
        """Once a second: keep an idle connection alive, and hear whether the broker blocks."""
        if time.monotonic() - self._beaten_at < TICK_SECONDS:
            return
        self._beaten_at = time.monotonic()
        self._connection.heartbeat_check()
        with suppress(TimeoutError):
            self._connection.drain_events(timeout=0.001)

    def close(self) -> None:
        """Close the connection; a broken one is dropped."""
        BLOCKED.labels(self._service).set(0)
        with suppress(Exception):
            self._connection.close()

    def _lock(self) -> bool:
        channel = self._connection.channel()
        try:
            channel.queue_declare(relay_turn(self._service), exclusive=True, auto_delete=False)
        except ResourceLocked:
            with suppress(Exception):
                channel.close()
            return False
        return True

    def _send_ready(self) -> bool:
        """Send what may be sent; whether anything was."""
        sent = False
        while not self.blocked and self._publisher.waiting < MAX_IN_FLIGHT and (due := self._batch.next()):
            self._send(*due)
            sent = True
        return sent

    def _send(self, index: int, entry: Entry) -> None:
        crash_point("before-publish")
        self._publisher.send(
            index, entry["body"].encode(), content_type=CONTENT_TYPE, message_id=entry["id"],
            exchange=events_exchange(self._service), routing_key=entry["type"],
        )  # fmt: skip
        crash_point("after-publish-before-confirm")

    def _drain(self) -> None:
        with suppress(TimeoutError):
            self._publisher.drain(TICK_SECONDS)
        now = time.monotonic()
        if now - self._beaten_at >= TICK_SECONDS:
            self._beaten_at = now
            self._connection.heartbeat_check()
        if self.blocked:
            self._answered_at = now
        if now - self._answered_at > CONFIRM_SECONDS:
            raise TimeoutError(f"no confirms for {CONFIRM_SECONDS} s")

    def _answered(self, index: int, confirmation: Confirmation) -> None:
        """The message is one of the outbox with this index."""
        self._answered_at = time.monotonic()
        if confirmation is Confirmation.TAKEN:
            self._batch.confirm(index)
        else:
            self._batch.refuse(index)

    def _returned(self, exchange: str, routing_key: str) -> None:
        RETURNED.labels(exchange).inc()
        log.error("event.unroutable", exchange=exchange, routing_key=routing_key)

    def _block(self, reason: str) -> None:
        log.warning("broker.blocks", reason=reason)
        self.blocked = True
        BLOCKED.labels(self._service).set(1)

    def _unblock(self) -> None:
        log.info("broker.unblocks")
        self.blocked = False
        BLOCKED.labels(self._service).set(0)

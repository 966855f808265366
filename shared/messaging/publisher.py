"""A publisher that sends many events before it waits for the broker's confirms, and holds its service's turn.

The turn to relay is an exclusive queue on the very connection that publishes: the broker gives it to one
connection at a time and takes it back only with that connection; who has lost it cannot publish either.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import structlog
from amqp import Message
from amqp.exceptions import ResourceLocked
from kombu import Connection

from shared.crash_points import crash_point
from shared.eventlog.topology import events_exchange
from shared.events.envelope import CONTENT_TYPE
from shared.messaging.outbox import Entry, PublishBatch
from shared.messaging.topology import declare_publisher, relay_turn
from shared.observability.metrics import BLOCKED, RETURNED

log = structlog.get_logger()
HEARTBEAT_SECONDS = 5  # after about two of them without a sign, the broker lets another relay take over
CONFIRM_SECONDS = 10.0
TICK_SECONDS = 1.0
MOST_IN_FLIGHT = 256


class Publisher:
    """A channel in confirm mode that publishes many messages before it waits for their confirms."""

    def __init__(self, amqp_uri: str, service: str) -> None:
        self._service, self.blocked = service, False
        notices = {"on_blocked": self._block, "on_unblocked": self._unblock}
        self._connection = Connection(
            amqp_uri, connect_timeout=5, heartbeat=HEARTBEAT_SECONDS, transport_options=notices
        )
        self._channel = self._connection.channel()
        declare_publisher(self._channel, service)
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._accept)
        self._channel.events["basic_nack"].add(self._refuse)
        self._channel.events["basic_return"].add(self._return)
        self._tag, self._waiting = 0, dict[int, tuple[int, str]]()  # lane and id of what is on its way
        self._returned, self._round = set[str](), PublishBatch([])
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
        self.run(round := PublishBatch([entry] for entry in sent))
        return {id for lane in range(len(sent)) for id in round.confirmed(lane)}

    def run(self, round: PublishBatch) -> None:
        """Publish what the round gives, until all of it is answered.

        Raises OSError or AMQPError on a lost connection, TimeoutError after 10 s without an answer from a
        broker that does not block; then this publisher is of no more use.
        """
        self._round, self._answered_at = round, time.monotonic()
        while self._send_ready() or self._waiting:
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
        while not self.blocked and len(self._waiting) < MOST_IN_FLIGHT and (due := self._round.next()):
            self._send(*due)
            sent = True
        return sent

    def _send(self, lane: int, entry: Entry) -> None:
        message = Message(
            entry["body"].encode(), content_type=CONTENT_TYPE, delivery_mode=2, message_id=entry["id"]
        )
        self._tag += 1
        self._waiting[self._tag] = (lane, entry["id"])
        crash_point("before-publish")
        self._channel._basic_publish(
            message, exchange=events_exchange(self._service), routing_key=entry["type"], mandatory=True
        )
        crash_point("after-publish-before-confirm")

    def _drain(self) -> None:
        with suppress(TimeoutError):
            self._connection.drain_events(timeout=TICK_SECONDS)
        now = time.monotonic()
        if now - self._beaten_at >= TICK_SECONDS:
            self._beaten_at = now
            self._connection.heartbeat_check()
        if self.blocked:
            self._answered_at = now
        if now - self._answered_at > CONFIRM_SECONDS:
            raise TimeoutError(f"no confirms for {CONFIRM_SECONDS} s")

    def _accept(self, tag: int, multiple: bool) -> None:
        for lane, id in self._answered(tag, multiple):
            if id in self._returned:
                self._returned.discard(id)
                self._round.refuse(lane)
            else:
                self._round.confirm(lane)

    def _refuse(self, tag: int, multiple: bool) -> None:
        for lane, id in self._answered(tag, multiple):
            self._returned.discard(id)
            self._round.refuse(lane)

    def _answered(self, tag: int, multiple: bool) -> list[tuple[int, str]]:
        self._answered_at = time.monotonic()
        tags = sorted(it for it in self._waiting if it <= tag) if multiple else [tag]
        return [self._waiting.pop(it) for it in tags]

    def _return(self, exc: Any, exchange: str, routing_key: str, message: Any) -> None:
        """No queue took it; its confirm follows."""
        RETURNED.labels(exchange).inc()
        log.error("event.unroutable", exchange=exchange, routing_key=routing_key)
        self._returned.add(message.properties.get("message_id", ""))

    def _block(self, reason: str) -> None:
        log.warning("broker.blocks", reason=reason)
        self.blocked = True
        BLOCKED.labels(self._service).set(1)

    def _unblock(self) -> None:
        log.info("broker.unblocks")
        self.blocked = False
        BLOCKED.labels(self._service).set(0)

"""Copies events from the stream `events.log` into a queue, from a time on up to the stream's end."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from amqp import Message
from kombu import Connection

from shared.crash_points import crash_point
from shared.eventlog.topology import LOG_STREAM
from shared.events.envelope import CONTENT_TYPE, Undecodable, decode
from shared.messaging.watermark import CLOCKS

PREFETCH = 500
ROUND_SECONDS = 0.5
SILENCE_SECONDS = 60.0  # before the end: then something is wrong
FOLLOW_SECONDS = 15.0  # behind the end: what was on its way is there then, for relays give up after 10 s
CONFIRM_SECONDS = 30.0
REFUSED_SECONDS = 1.0  # before what a full queue has refused is sent again
Delivered = tuple[int, tuple[str, str], Any]  # offset, route, message


class Copy:
    """One copying. Raises OSError or AMQPError on a lost connection or a queue that is gone."""

    def __init__(
        self,
        connection: Connection,
        queue: str,
        routes: Collection[tuple[str, str]],
        wants: Callable[[Any], bool],
    ) -> None:
        """`wants` chooses among the messages that have one of the routes."""
        self._connection, self._routes, self._wants = connection, set(routes), wants
        self._publisher = ConfirmingPublisher(connection, queue)
        self.read = self.copied = 0

    def since(self, begin: datetime) -> Iterator[int]:
        """Copy; yields how many events after each round. Ends behind what the stream held at the call."""
        last = self._last()
        reader = Reader(self._connection, _start(begin, last))
        read_until = time.monotonic() + SILENCE_SECONDS
        reached = last is None
        while time.monotonic() < read_until:
            taken = reader.round()
            yield self._take(taken)
            reader.more()
            time.sleep(0)  # under eventlet a socket that always has data lets nobody else work
            if not reached and taken:
                reached = last is not None and taken[-1][0] >= last[0]
                read_until = time.monotonic() + (FOLLOW_SECONDS if reached else SILENCE_SECONDS)
        reader.close()
        if not reached:
            raise TimeoutError("the log has fallen silent before its end")

    def _last(self) -> Delivered | None:
        """The first message of what was written last; None when the stream is empty."""
        reader, until = Reader(self._connection, "last"), time.monotonic() + SILENCE_SECONDS
        while not (taken := reader.round()):
            if reader.is_empty():
                break
            if time.monotonic() > until:
                raise TimeoutError("the log does not answer")
        reader.close()
        return taken[0] if taken else None

    def _take(self, taken: list[Delivered]) -> int:
        wanted = [message for _, route, message in taken if route in self._routes and self._wants(message)]
        self._publisher.publish(wanted)
        self.read, self.copied = self.read + len(taken), self.copied + len(wanted)
        return len(wanted)


class Reader:
    """A consumer of the stream from a place on, in order."""

    def __init__(self, connection: Connection, start: str | datetime) -> None:
        self._connection, self._channel = connection, connection.channel()
        self._taken: list[Delivered] = []
        self._silent_rounds, self._tag = 0, 0
        self._channel.basic_qos(0, PREFETCH, False)
        self._channel.basic_consume(LOG_STREAM, callback=self._take, arguments={"x-stream-offset": start})

    def round(self) -> list[Delivered]:
        """What comes within half a second."""
        with suppress(TimeoutError):
            while len(self._taken) < PREFETCH // 2:
                self._connection.drain_events(timeout=ROUND_SECONDS)
        taken, self._taken = self._taken, []
        self._silent_rounds = 0 if taken else self._silent_rounds + 1
        return taken

    def more(self) -> None:
        """Ask for what comes next; a stream forgets nothing."""
        if self._tag:
            self._channel.basic_ack(self._tag, multiple=True)
            self._tag = 0

    def is_empty(self) -> bool:
        """By the broker's count, which is seconds behind: an answer only after some silence."""
        counted = self._channel.queue_declare(LOG_STREAM, passive=True).message_count
        return self._silent_rounds * ROUND_SECONDS >= 10 and counted == 0

    def close(self) -> None:
        """Take no more."""
        self._channel.close()

    def _take(self, message: Any) -> None:
        info = message.delivery_info
        self._tag = info["delivery_tag"]
        offset = int(message.headers["x-stream-offset"])
        self._taken.append((offset, (info["exchange"], info["routing_key"]), message))


class ConfirmingPublisher:
    """Publishes to one queue, persistently, and waits for the broker's confirms."""

    def __init__(self, connection: Connection, queue: str) -> None:
        self._connection, self._queue, self._channel = connection, queue, connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._accept)
        self._channel.events["basic_nack"].add(self._refuse)
        self._tag, self._waiting, self._refused = 0, dict[int, Any](), list[Any]()

    def publish(self, messages: list[Any]) -> None:
        """Returns once the queue has all of them, however long it is full."""
        for message in messages:
            self._send(message)
        until = time.monotonic() + CONFIRM_SECONDS
        while self._waiting:
            self._connection.drain_events(timeout=max(0.001, until - time.monotonic()))
        if self._refused:
            time.sleep(REFUSED_SECONDS)
            again, self._refused = self._refused, []
            self.publish(again)
        for _ in messages:
            crash_point("within-refill")

    def _send(self, message: Any) -> None:
        """A queue that is gone: the message comes back, and draining raises."""
        self._tag += 1
        self._waiting[self._tag] = message
        copy = Message(
            bytes(message.body), content_type=CONTENT_TYPE, delivery_mode=2,
            message_id=message.properties.get("message_id", ""),
        )  # fmt: skip
        self._channel._basic_publish(copy, exchange="", routing_key=self._queue, mandatory=True)

    def _accept(self, tag: int, multiple: bool) -> None:
        self._answered(tag, multiple)

    def _refuse(self, tag: int, multiple: bool) -> None:
        self._refused += self._answered(tag, multiple)

    def _answered(self, tag: int, multiple: bool) -> list[Any]:
        tags = sorted(it for it in self._waiting if it <= tag) if multiple else [tag]
        return [self._waiting.pop(it) for it in tags]


def _start(begin: datetime, last: Delivered | None) -> str | datetime:
    """A place from which the stream's last message will surely be reached."""
    if last is None:
        return "first"
    try:
        return min(begin, decode(bytes(last[2].body)).published.time - CLOCKS)
    except (Undecodable, TypeError, OverflowError):  # no time, or one without a zone
        return "first"

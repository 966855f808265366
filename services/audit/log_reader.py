"""Reads the stream `events.log` into audit's own log, in order, from where it stopped (R31).

The place to go on from is the last stored entry's (`stream_place`), never one kept beside it: a crash between
reading and storing loses nothing, and one between storing and acknowledging repeats nothing.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pika
import structlog
from mongoengine.connection import get_db
from nameko.extensions import DependencyProvider
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from prometheus_client import Counter, Gauge
from pymongo.errors import PyMongoError

from services.audit import stream_place
from services.audit.storage import EventLog, Forked, Message
from shared.eventlog.topology import LOG_STREAM, declare_log
from shared.persistence.lease import Lease

log = structlog.get_logger()
PREFETCH = 500
ROUND_SECONDS = 1.0  # how long a round waits for a first message; shorter than the lease
BOOKKEEPING = 1  # places without a message that the broker leaves where it begins a segment (seen in 3.10)
BACK_OFF_SECONDS = (0.2, 1.0, 5.0)
ENTRIES = Counter("xueshi_log_entries_total", "Events that this process has appended to the log")
MISSING = Counter("xueshi_log_missing_total", "Places of the stream that were gone before audit read them")
POSITION = Gauge("xueshi_log_position", "Position of the last entry of the log")


class Cancelled(AMQPError):  # type: ignore[misc]
    """The broker has ended the subscription."""


class StreamReader:
    """One connection to the stream. Raises AMQPError or OSError when the broker goes away."""

    def __init__(self, amqp_uri: str, events: EventLog) -> None:
        self._events, self._waiting = events, list[tuple[int, Message]]()
        self._connection = pika.BlockingConnection(_parameters(amqp_uri))
        self._channel: BlockingChannel = self._connection.channel()
        declare_log(self._channel)
        place = stream_place.find(_parameters(amqp_uri), events)
        self._base, self._next, self._cancelled = place.base, place.next, False
        self._channel.basic_qos(prefetch_count=PREFETCH)
        self._channel.add_on_cancel_callback(self._cancel)
        self._channel.basic_consume(LOG_STREAM, self._take, arguments={"x-stream-offset": place.start})

    def round(self, seconds: float = ROUND_SECONDS) -> int:
        """Wait for messages and append what came; returns how many entries are new.

        Raises Forked, and Cancelled when the stream was deleted.
        """
        self._connection.process_data_events(time_limit=seconds)
        if self._cancelled:
            raise Cancelled("the stream was deleted")
        if not self._waiting:
            return 0
        tags, messages = zip(*self._waiting, strict=True)
        new = self._events.append(messages)
        self._waiting.clear()
        self._channel.basic_ack(tags[-1], multiple=True)  # asks for more; a stream forgets nothing
        return new

    def close(self) -> None:
        """Close the connection; a stream may refuse what pika then gives back, to no harm."""
        with suppress(AMQPError, OSError):
            self._connection.close()

    def _take(self, _: BlockingChannel, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        offset = int((properties.headers or {})["x-stream-offset"])
        if offset > self._next + BOOKKEEPING:
            MISSING.inc(offset - self._next)
            log.error("log_reader.gap", offset=self._next, until=offset, base=self._base)
        self._next = offset + 1
        self._waiting.append((method.delivery_tag, (self._base + offset, body)))

    def _cancel(self, _: Any) -> None:
        self._cancelled = True


class LogReader(DependencyProvider):  # type: ignore[misc]
    """Nameko extension that reads the stream as long as the service runs.

    Of several processes one reads, by lease; the unique keys of the log make a second one harmless.
    """

    is_ready = False  # reading, or standing by for the one who does
    _stopped = False

    def start(self) -> None:
        """Read in a thread of the container; should it die, the container dies with it."""
        self.container.spawn_managed_thread(self._run, identifier="log reader")

    def stop(self) -> None:
        """Stop after the round in progress."""
        self._stopped = True

    def _run(self) -> None:
        service, failures = self.container.service_cls, 0
        lease = Lease(get_db(service.name)["reader_lease"])
        while not self._stopped:
            try:
                self._read(service.process_runtime().settings.amqp_uri, service.log, lease.held)
                failures = 0
            except (AMQPError, OSError, PyMongoError, Forked) as error:
                self.is_ready = isinstance(error, Forked)
                log.warning("log_reader.interrupted", error=f"{type(error).__name__}: {error}")
                failures += 1
            self._wait(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])

    def _read(self, amqp_uri: str, events: EventLog, is_our_turn: Callable[[], bool]) -> None:
        """Read until the lease is lost, the service stops, or something breaks."""
        if not is_our_turn():
            self.is_ready = True  # standing by
            return
        reader = StreamReader(amqp_uri, events)
        try:
            self.is_ready = True
            while not self._stopped and is_our_turn():
                self._count(events, reader.round())
        finally:
            reader.close()

    def _count(self, events: EventLog, new: int) -> None:
        if new:
            ENTRIES.inc(new)
            POSITION.set(events.head().position)

    def _wait(self, seconds: float) -> None:
        """Back off, but end at once when the service stops."""
        until = time.monotonic() + seconds
        while not self._stopped and time.monotonic() < until:
            time.sleep(0.05)


def _parameters(amqp_uri: str) -> pika.URLParameters:
    parameters = pika.URLParameters(amqp_uri)
    parameters.heartbeat = 20
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 5
    return parameters

"""The one reader of the stream `events.log`: from a position on, in order, fast, without changing it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from amqp.exceptions import AMQPError, ConsumerCancelled, NotFound

from shared.eventlog.connection import StreamConnection
from shared.eventlog.deliveries import Delivery
from shared.eventlog.errors import BrokerAway, StreamMissing
from shared.eventlog.topology import LOG_STREAM

PREFETCH = 2_000  # more lets the broker send in larger heaps than its sockets take: measured slower
ROUND = 500  # deliveries; then an acknowledgement, by which a stream forgets nothing: it asks for more
ROUND_SECONDS = 0.5
Start = str | int | datetime  # "first", "last" (the beginning of what was written last), an offset, a time


class StreamReader:
    """One reader, with a connection of its own.

    Raises StreamMissing when there is no stream or it is deleted, BrokerAway when the broker is or goes away,
    and CorruptFrames; after any of them it can only be closed.
    """

    def __init__(
        self,
        amqp_uri: str,
        start: Start,
        *,
        stream: str = LOG_STREAM,
        prefetch: int = PREFETCH,
        heartbeat: int = 0,
    ) -> None:
        """`heartbeat`: seconds; only for who asks for a round at least twice in that time."""
        self._uri, self._stream, self._tag = amqp_uri, stream, 0
        self._taken: list[Delivery] = []
        self._connection = StreamConnection(amqp_uri, self._taken.append, heartbeat)
        with self._asking():
            self._connection.connect()
            self._channel = self._connection.channel()
            self._channel.basic_qos(0, prefetch, False)
            self._channel.basic_consume(stream, arguments={"x-stream-offset": start})

    def round(self, seconds: float = ROUND_SECONDS, at_least: int = ROUND) -> list[Delivery]:
        """What comes, in order, until there are `at_least` or the time is over; [] when nothing has come."""
        until = time.monotonic() + seconds
        with self._asking():
            self._connection.heartbeat_tick()
            while len(self._taken) < at_least and (left := until - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    self._connection.blocking_read(left)
        time.sleep(0)  # under eventlet, a socket that always has data lets nobody else work
        deliveries = self._taken[:]
        self._taken.clear()
        self._tag = deliveries[-1].tag if deliveries else self._tag
        return deliveries

    def acknowledge(self) -> None:
        """Ask for what follows the last round."""
        if self._tag:
            with self._asking():
                self._channel.basic_ack(self._tag, multiple=True)
            self._tag = 0

    def rounds(self, seconds: float = ROUND_SECONDS, at_least: int = ROUND) -> Iterator[list[Delivery]]:
        """Round after round, without end; each is acknowledged when the next is asked for."""
        while True:
            yield self.round(seconds, at_least)
            self.acknowledge()

    def is_empty(self) -> bool:
        """By the broker's count, which is seconds behind: only when nothing has come for a while."""
        with self._asking():
            channel = self._connection.channel()
            count: int = channel.queue_declare(self._stream, passive=True).message_count
            channel.close()
        return count == 0

    def close(self) -> None:
        """End the connection; nothing is given back, for nothing was taken."""
        with suppress(Exception):
            self._connection.close()
        self._connection.collect()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (NotFound, ConsumerCancelled) as error:
            self._connection.collect()
            raise StreamMissing(self._stream) from error
        except (AMQPError, OSError) as error:
            self._connection.collect()
            raise BrokerAway(self._uri, error) from error

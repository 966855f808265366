"""Reads the stream `events.log` from a place on, in order, fast, without changing it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from pika.adapters.select_connection import SelectConnection
from shared.eventlog.topology import LOG_STREAM

from tools.xueshi.broker import away, parameters
from tools.xueshi.deliveries import Corrupt, Delivery, cut
from tools.xueshi.errors import Unknown, Unreachable

PREFETCH = 2_000  # more lets the broker send in larger heaps than its sockets take: measured slower
ROUND = 500  # deliveries a round, then an acknowledgement: a stream forgets nothing, it asks for more
QUIET_SECONDS = 0.5  # a round ends after so long without enough deliveries
OPEN_SECONDS = 10.0
NOT_FOUND = 404
Start = str | int | datetime  # "first", "last", an offset, a time


class StreamConnection(SelectConnection):  # type: ignore[misc]
    """A pika connection that hands over deliveries in bulk (`_on_data_available` of pika, pinned)."""

    def __init__(self, *arguments: Any, take: Callable[[Delivery], None], **options: Any) -> None:
        self._rest, self._take = b"", take
        super().__init__(*arguments, **options)

    def _on_data_available(self, data_in: bytes) -> None:
        data, done = self._rest + data_in, 0
        for end, it in cut(data):
            done = end
            if isinstance(it, Delivery):
                self._take(it)
            else:
                super()._on_data_available(it)
        self._rest = data[done:]


class StreamReader:
    """One reader. Raises Unreachable when the broker is, or goes, away, Unknown when there is no stream."""

    def __init__(self, amqp_uri: str, start: Start, stream: str = LOG_STREAM) -> None:
        self._uri, self._start, self._stream = amqp_uri, start, stream
        self._taken: list[Delivery] = []
        self._done: Callable[[], bool] = lambda: False
        self._ready = False
        self._error: BaseException | None = None
        self._channel: Any = None
        patient = parameters(amqp_uri)
        patient.heartbeat = 0  # whoever pages through the lines may take minutes; silence is noticed here
        self._connection = StreamConnection(
            patient, take=self._keep, on_open_callback=self._open,
            on_open_error_callback=self._fail, on_close_callback=self._fail,
        )  # fmt: skip
        self._run(OPEN_SECONDS, until=lambda: self._ready)
        if not self._ready:
            raise away(amqp_uri, TimeoutError(f"no stream within {OPEN_SECONDS:.0f} s"))

    def rounds(self) -> Iterator[list[Delivery]]:
        """What comes, in order; an empty round when nothing does for half a second."""
        while True:
            self._run(QUIET_SECONDS, until=lambda: len(self._taken) >= ROUND)
            taken, self._taken = self._taken, []
            yield taken
            if taken:
                self._channel.basic_ack(taken[-1].tag, multiple=True)

    def close(self) -> None:
        """End the connection; nothing is given back, for nothing was taken."""
        if self._connection.is_open:
            self._done = lambda: False
            self._connection.close()
            self._connection.ioloop.start()  # until the broker has answered: `_fail` stops it

    def _run(self, seconds: float, until: Callable[[], bool]) -> None:
        """Let the connection work until the condition holds, the time is over, or it fails."""
        self._done = until
        loop = self._connection.ioloop
        timer = loop.call_later(seconds, loop.stop)
        if not until() and not self._error:
            loop.start()
        loop.remove_timeout(timer)
        if self._error:
            raise self._told(self._error)

    def _told(self, error: BaseException) -> Unknown | Unreachable:
        if getattr(error, "reply_code", None) == NOT_FOUND:
            return Unknown(
                f"There is no stream {self._stream}: no relay has started here yet, or it was deleted."
            )
        return away(self._uri, error)

    def _keep(self, delivery: Delivery) -> None:
        self._taken.append(delivery)
        if self._done():
            self._connection.ioloop.stop()

    def _open(self, connection: Any) -> None:
        self._channel = connection.channel(on_open_callback=self._prepare)
        self._channel.add_on_close_callback(self._fail)

    def _prepare(self, channel: Any) -> None:
        channel.basic_qos(prefetch_count=PREFETCH, callback=lambda _: self._consume(channel))

    def _consume(self, channel: Any) -> None:
        start = {"x-stream-offset": self._start}
        channel.basic_consume(self._stream, _not_called, arguments=start, callback=self._consuming)

    def _consuming(self, _: object) -> None:
        self._ready = True
        self._connection.ioloop.stop()

    def _fail(self, _: object, error: BaseException) -> None:
        self._error = self._error or error
        self._connection.ioloop.stop()


def _not_called(*_: object) -> None:
    raise Corrupt("pika was given a delivery")

"""Where reading goes on in the stream, and whether it is the stream that has been read before.

A stream that was deleted and made anew begins again at offset 0: reading on behind the last stored offset
would pass over what it holds. So the last entry is looked up where it should stand. Each look has its own
connection: pika gives back what a closing consumer has not taken, which a stream refuses.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import AMQPError

from services.audit.domain.entry import event_id_of
from services.audit.storage import EventLog
from shared.domain.clock import utc_now
from shared.eventlog.topology import LOG_STREAM

log = structlog.get_logger()
ROUND_SECONDS = 0.2
END_SECONDS = 5.0  # silence that means the stream's end
ANSWER_SECONDS = 30.0
PREFETCH = 100
Found = tuple[int, bytes]  # the broker's offset, body


@dataclass(frozen=True)
class Place:
    """`base` + the broker's offset is what is stored; `next` is the broker's offset to be read now."""

    base: int
    next: int

    @property
    def start(self) -> int | str:
        """What a consumer asks the broker for."""
        return self.next or "first"


def find(broker: pika.URLParameters, events: EventLog) -> Place:
    """The place behind the last entry; the beginning of a new part when the stream is another one."""
    head, base = events.head(), events.base()
    if head.stream_offset < base:
        return Place(base, 0)  # nothing of this stream is stored
    last = head.stream_offset - base
    if _is_known(_first_from(broker, last), last, events.event_id_at(head.position)):
        return Place(base, last + 1)
    base = events.begin_part(head, utc_now())
    log.error("log_reader.new_stream", position=head.position, offset=last, base=base)
    return Place(base, 0)


def _is_known(found: Found | None, last: int, event_id: str) -> bool:
    """What retention has taken cannot be compared; a stream that ends before the entry is another one."""
    return found is not None and (found[0] > last or event_id_of(found[1]) == event_id)


def _first_from(broker: pika.URLParameters, offset: int) -> Found | None:
    """The first message at this offset or behind; None when the stream ends before."""
    with _consuming(broker, "last") as newest:
        if (first := next(newest, None)) is None or first[0] == offset:
            return first
        if first[0] < offset:
            return next((it for it in newest if it[0] >= offset), None)
    with _consuming(broker, offset) as found:
        return next(found, None)


@contextmanager
def _consuming(broker: pika.URLParameters, start: str | int) -> Iterator[Iterator[Found]]:
    """Messages from a place on, until there are no more."""
    connection = BlockingConnection(broker)
    channel = connection.channel()
    channel.basic_qos(prefetch_count=PREFETCH)
    taken: list[tuple[int, Found]] = []

    def take(_: BlockingChannel, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        offset = int((properties.headers or {})["x-stream-offset"])
        taken.append((method.delivery_tag, (offset, body)))

    channel.basic_consume(LOG_STREAM, take, arguments={"x-stream-offset": start})
    try:
        yield _until_silence(connection, channel, taken)
    finally:
        with suppress(AMQPError, OSError):
            connection.close()


def _until_silence(
    connection: BlockingConnection, channel: BlockingChannel, taken: list[tuple[int, Found]]
) -> Iterator[Found]:
    """Raises TimeoutError when nothing comes although the broker counts messages."""
    silent_since, begun = time.monotonic(), False
    while time.monotonic() < silent_since + END_SECONDS or not (begun or _is_empty(connection)):
        connection.process_data_events(time_limit=ROUND_SECONDS)
        if taken:
            yield from (found for _, found in taken)
            channel.basic_ack(taken[-1][0], multiple=True)
            taken.clear()
            silent_since, begun = time.monotonic(), True
        if time.monotonic() > silent_since + ANSWER_SECONDS:
            raise TimeoutError("the stream does not answer")


def _is_empty(connection: BlockingConnection) -> bool:
    """By the broker's count, which is seconds behind: an answer only after some silence."""
    channel = connection.channel()
    count = channel.queue_declare(LOG_STREAM, passive=True).method.message_count
    channel.close()
    return bool(count == 0)

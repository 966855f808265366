"""Small events, put on the stream as fast as the broker takes them: ready-made frames, many to a write."""

import hashlib
import sys

import pika
from amqp import Connection
from pika import frame, spec
from rich.progress import track

from shared.eventlog.publisher import Confirmation, Confirms
from shared.eventlog.topology import declare_publisher, events_exchange
from shared.events.envelope import CONTENT_TYPE

SUBJECTS = 1_000
AT_ONCE = 500  # events to a write
UNCONFIRMED = 5_000  # events that are on their way to the broker together
EVENT = (
    b'{"specversion":"1.0","id":"%032d","source":"learning","type":"learning.playback.credited.v1",'
    b'"subject":"study-%d","time":"2026-03-01T08:00:00+00:00","sequence":"%010d",'
    b'"datacontenttype":"application/json","traceparent":"00-%b-%b-01",'
    b'"data":{"lesson_id":"%b","person_id":"%b","seconds":30}}'
)
FIRST = EVENT.index(b"%")  # where the id begins


def event(number: int) -> bytes:
    """A small event; its number is its id and its place in the log."""
    subject, sequence = number % SUBJECTS, number // SUBJECTS + 1
    noise = hashlib.shake_128(number.to_bytes(8, "big")).hexdigest(56).encode()  # real ids do not compress
    return EVENT % (number, subject, sequence, noise[:32], noise[32:48], noise[48:80], noise[80:])


def number_of(line: bytes) -> int:
    """Of an event as it was published."""
    return int(line[FIRST : FIRST + 32])


class Frames:
    """A publishing as AMQP 0.9.1 frames, made once by pika's encoder; id, size and body are put in."""

    def __init__(self, channel_id: int) -> None:
        method = spec.Basic.Publish(
            exchange=events_exchange("learning"), routing_key="learning.playback.credited.v1"
        )
        properties = pika.BasicProperties(content_type=CONTENT_TYPE, message_id="0" * 32, delivery_mode=2)
        self._method = frame.Method(channel_id, method).marshal()
        self._header = frame.Header(channel_id, 0, properties).marshal()
        self._id = self._header.index(b"0" * 32)
        self._body = frame.Body(channel_id, b"").marshal()

    def of(self, number: int) -> bytes:
        """One event, ready for the socket."""
        body, head, at = event(number), self._header, self._id
        size = len(body)
        return b"".join((
            self._method, head[:11], size.to_bytes(8, "big"), head[19:at], b"%032d" % number, head[at + 32 :],
            self._body[:3], size.to_bytes(4, "big"), body, self._body[-1:],
        ))  # fmt: skip


def publish(uri: str, events: int) -> None:
    """Put so many on the stream in their order, each confirmed."""
    where = pika.URLParameters(uri)
    address = {"host": f"{where.host}:{where.port}", "virtual_host": where.virtual_host}
    login = {"userid": where.credentials.username, "password": where.credentials.password}
    with Connection(**address, **login) as connection:
        channel = connection.channel()
        declare_publisher(channel, "learning")
        waiting, frames = Confirms[int](channel, require_taken), Frames(channel.channel_id)
        steps = range(0, events, AT_ONCE)
        for begin in track(steps, "Publishing", disable=not sys.stderr.isatty()):
            numbers = range(begin, min(begin + AT_ONCE, events))
            connection.transport.write(b"".join(map(frames.of, numbers)))
            for number in numbers:
                waiting.expect(number)
            while len(waiting) > UNCONFIRMED:
                connection.drain_events(timeout=30)
        while len(waiting):
            connection.drain_events(timeout=30)


def require_taken(number: int, confirmation: Confirmation) -> None:
    """Raises RuntimeError when the broker has not taken the event."""
    if confirmation is not Confirmation.TAKEN:
        raise RuntimeError(f"event {number} is {confirmation.value}")

"""Deliveries of a stream, cut out of AMQP 0.9.1 frames without an object for each of them.

A client library makes several objects of every delivery and calls its way through its layers: 20 to 48 µs
each (docs/adr/0013). This takes what every reader needs, in 3 µs, and leaves the rest of a delivery and every
other frame to the library.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Any, NamedTuple

from amqp.basic_message import Message

from shared.eventlog.errors import CorruptFrames

FRAME = Struct(">BHL")  # type, channel, size; then the payload and one byte of end (AMQP 0.9.1, 2.3.5)
LONG = Struct(">Q")
METHOD, END = 1, 0xCE
DELIVER = b"\x00\x3c\x00\x3c"  # class 60 (basic), method 60 (deliver)
OFFSET = b"\x0fx-stream-offsetl"  # short string, then a signed 64-bit integer in a field table
HEAD = FRAME.size
CONSUMER_TAG = len(DELIVER)  # where the consumer's tag begins in the method, a short string
TAG_AND_FLAG = 9  # bytes behind it: the delivery tag, and whether it is redelivered


class Delivery(NamedTuple):
    """One message of a stream; what few readers need is read from its frames when it is asked for."""

    offset: int
    body: bytes
    method: bytes  # payload of its first frame
    header: bytes  # payload of its second frame

    @property
    def tag(self) -> int:
        """By which the channel acknowledges it."""
        tag: int = LONG.unpack_from(self.method, _behind_string(self.method, CONSUMER_TAG))[0]
        return tag

    @property
    def route(self) -> tuple[str, str]:
        """Exchange and routing key with which it was published."""
        exchange = _behind_string(self.method, CONSUMER_TAG) + TAG_AND_FLAG
        key = _behind_string(self.method, exchange)
        return _string(self.method, exchange), _string(self.method, key)

    @property
    def message_id(self) -> str:
        """As its publisher set it; "" when it has not."""
        message = Message()
        message.inbound_header(self.header)
        properties: dict[str, Any] = message.properties
        return str(properties.get("message_id", ""))


def cut(data: bytes) -> Iterator[tuple[int, Delivery | bytes]]:
    """Each whole delivery, and each whole other frame as it is, with the position behind it.

    What is cut short at the end of `data` is left out. Raises CorruptFrames.
    """
    at = 0
    while (end := _frame_end(data, at)) is not None:
        if data[at] != METHOD or data[at + HEAD : at + HEAD + 4] != DELIVER:
            yield end, data[at:end]
            at = end
            continue
        content = _content(data, end)
        if content is None:
            return
        offset, body, header, behind = content
        delivery = Delivery(offset, body, data[at + HEAD : end - 1], header)
        at = behind
        yield at, delivery


def _content(data: bytes, at: int) -> tuple[int, bytes, bytes, int] | None:
    """Offset, body and header of the content that begins here, and where it ends; None when cut short."""
    end = _frame_end(data, at)
    if end is None:
        return None
    left: int = LONG.unpack_from(data, at + HEAD + 4)[0]  # behind class and weight: the size of the body
    offset = data.find(OFFSET, at, end)
    if offset < 0:
        raise CorruptFrames("a delivery without x-stream-offset: not a stream")
    parts, begin = [], end
    while left > 0:
        stop = _frame_end(data, begin)
        if stop is None:
            return None
        parts.append(data[begin + HEAD : stop - 1])
        left -= stop - 1 - begin - HEAD
        begin = stop
    header = data[at + HEAD : end - 1]
    return LONG.unpack_from(data, offset + len(OFFSET))[0], b"".join(parts), header, begin


def _frame_end(data: bytes, at: int) -> int | None:
    """The position behind the frame that begins here; None when it is cut short. Raises CorruptFrames."""
    if at + HEAD > len(data):
        return None
    end: int = at + HEAD + FRAME.unpack_from(data, at)[2] + 1
    if end > len(data):
        return None
    if data[end - 1] != END:
        raise CorruptFrames(f"no frame ends at byte {end - 1}")
    return end


def _behind_string(data: bytes, at: int) -> int:
    """The position behind the short string that begins here."""
    return at + 1 + data[at]


def _string(data: bytes, at: int) -> str:
    return data[at + 1 : _behind_string(data, at)].decode()

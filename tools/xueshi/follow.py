"""Reads the stream from a place on, up to where it ends, and finds where that is."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime

from tools.xueshi.broker import connected, depth
from tools.xueshi.deliveries import Delivery
from tools.xueshi.errors import Unreachable
from tools.xueshi.stream import Start, StreamReader

PATIENCE = 20  # rounds of half a second without a delivery, before the first or where there must be more
LONGEST_CHUNK = 10_000  # events; the broker writes 4,096 at once at most
Tell = Callable[[int, int], None]  # (offset read, last offset that must be read)


class Silent(Unreachable):
    """The broker delivers nothing where there must be more."""


def until(amqp_uri: str, start: Start, last: int, stream: str, tell: Tell) -> Iterator[Delivery]:
    """Everything up to the end of the chunk that begins at `last`: there, nothing comes for a moment.

    A log that is being written never falls silent; it ends where that chunk must have ended.
    """
    start = min(start, last) if isinstance(start, int) else start
    at, silent = -1, 0
    with closing(StreamReader(amqp_uri, start, stream)) as reader:
        for taken in _told_where(reader.rounds()):
            yield from taken
            at, silent = (taken[-1].offset, 0) if taken else (at, silent + 1)
            tell(max(at, 0), last)
            if at >= last + LONGEST_CHUNK or (at >= last and not taken):
                return
            if silent >= PATIENCE:
                _give_up(start, at)
                return


def _told_where(rounds: Iterator[list[Delivery]]) -> Iterator[list[Delivery]]:
    """The rounds; when the broker goes away, the error says where to go on."""
    at = -1
    try:
        for taken in rounds:
            yield taken
            at = taken[-1].offset if taken else at
    except Unreachable as error:
        raise Unreachable(f"{error}{go_on(at)}") from error


def _give_up(start: Start, at: int) -> None:
    """Silence before the first delivery of a time is an answer: nothing is as new. Else it is a fault."""
    if at < 0 and isinstance(start, datetime):
        return
    raise Silent(f"The log has fallen silent before its end.{go_on(at)}")


def go_on(at: int) -> str:
    """What to do when the reading has ended behind this offset."""
    return f" Go on with --from {at + 1}." if at >= 0 else ""


def beginning_of_last_chunk(amqp_uri: str, stream: str) -> int | None:
    """The first offset of what was written last; None when the stream is empty."""
    return _first_delivered(amqp_uri, "last", stream)


def first_offset(amqp_uri: str, stream: str) -> int | None:
    """The first offset that the stream still holds; None when it is empty."""
    return _first_delivered(amqp_uri, "first", stream)


def _first_delivered(amqp_uri: str, start: Start, stream: str) -> int | None:
    with closing(StreamReader(amqp_uri, start, stream)) as reader:
        for silent, taken in enumerate(reader.rounds()):
            if taken:
                return taken[0].offset
            if _is_empty(amqp_uri, stream):
                return None
            if silent >= PATIENCE:
                _give_up(start, -1)
    return None


def _is_empty(amqp_uri: str, stream: str) -> bool:
    """By the broker's count, which is seconds behind: an answer only beside a silent reader."""
    with connected(amqp_uri) as connection:
        return depth(connection, stream) == 0

"""Where the stream begins and ends: its first message, its last, and everything up to there."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from shared.eventlog.deliveries import Delivery
from shared.eventlog.errors import StreamSilent
from shared.eventlog.reader import ROUND_SECONDS, Start, StreamReader
from shared.eventlog.topology import LOG_STREAM

MAX_CHUNK = 10_000  # messages; the broker writes 4,096 at once at most


@dataclass(frozen=True)
class Patience:
    """Seconds of silence: `end`, behind the last message, means the end; `fault`, before it, a fault."""

    end: float = 0.5
    fault: float = 10.0


HASTY = Patience()


def first_delivery(
    amqp_uri: str, start: Start, *, stream: str = LOG_STREAM, patience: Patience = HASTY
) -> Delivery | None:
    """The first message from `start` on; None when the stream is empty.

    Of "last" it is the beginning of what was written last; behind it there may be more. Raises EventLogError.
    """
    silence = 0.0
    with closing(StreamReader(amqp_uri, start, stream=stream, prefetch=1)) as reader:
        while not (deliveries := reader.round(at_least=1)):
            silence += ROUND_SECONDS
            if silence >= patience.end and reader.is_empty():
                return None
            if silence >= patience.fault:
                raise StreamSilent
    return deliveries[0]


def rounds_until(
    amqp_uri: str, start: Start, last: int, *, stream: str = LOG_STREAM, patience: Patience = HASTY
) -> Iterator[list[Delivery]]:
    """Everything up to the end of the chunk that begins at offset `last`: there, nothing comes for a moment.

    A log that is being written never falls silent; it ends where that chunk must have ended. Raises
    EventLogError.
    """
    start = min(start, last) if isinstance(start, int) else start
    at, silence = -1, 0.0
    with closing(StreamReader(amqp_uri, start, stream=stream)) as reader:
        for deliveries in reader.rounds():
            yield deliveries
            at, silence = (deliveries[-1].offset, 0.0) if deliveries else (at, silence + ROUND_SECONDS)
            if at >= last + MAX_CHUNK or (at >= last and silence >= patience.end):
                return
            if silence < patience.fault:
                continue
            if at < 0 and isinstance(start, datetime):
                return  # an answer: nothing is as new
            raise StreamSilent

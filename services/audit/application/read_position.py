"""Where reading goes on in the stream, and whether it is still the stream that has been read before.

A stream that was deleted and recreated begins again at offset 0: reading on behind the last stored offset
would pass over what it holds. So the last entry is looked up where it should be. If another event is there or
none, a new generation of the stream begins, whose offsets are stored behind all earlier ones.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from services.audit.adapters.event_stream import EventStream
from services.audit.domain.entry import event_id_of
from services.audit.storage import EventLog
from shared.eventlog.deliveries import Delivery

logger = structlog.get_logger()


@dataclass(frozen=True)
class ReadPosition:
    """`base` of the generation + the broker's offset is what is stored; `next` is the broker's offset."""

    base: int
    next: int


def find_read_position(log: EventLog, stream: EventStream, now: datetime) -> ReadPosition:
    """The position behind the last entry; the beginning of a new generation when the stream is another one.

    Raises EventLogError, and LogFork when another reader has gone on meanwhile.
    """
    head, base = log.head(), log.generation_base()
    if head.stream_offset < base:
        return ReadPosition(base, 0)  # nothing of this generation is stored
    last = head.stream_offset - base
    if _is_known(stream.first_from(last), last, log.event_id_at(head.position)):
        return ReadPosition(base, last + 1)
    base = log.begin_generation(head, now)
    logger.error("log_reader.new_stream", position=head.position, offset=last, base=base)
    return ReadPosition(base, 0)


def _is_known(delivery: Delivery | None, last: int, event_id: str) -> bool:
    """What retention has taken cannot be compared; a stream that ends before the entry is another one."""
    return delivery is not None and (delivery.offset > last or event_id_of(delivery.body) == event_id)

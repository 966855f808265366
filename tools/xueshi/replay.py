"""The events of the log, in order, up to where the log ends when the command begins.

Archive and stream meet at an offset: the archive gives all up to its end, the stream what is behind it. An
event that a relay published twice is in the stream twice; audit's log, and so the archive, has it once.
"""

from collections.abc import Iterable, Iterator

from shared.eventlog.topology import LOG_STREAM

from tools.xueshi.archive import ArchivedPart, LogArchive
from tools.xueshi.errors import Unreachable
from tools.xueshi.follow import Silent, Tell, beginning_of_last_chunk, go_on, until
from tools.xueshi.seam import Seam, made_anew
from tools.xueshi.selection import Selection

ROUND = 500  # archived events between two words about how far it is
Message = tuple[int, bytes]  # offset, body


def events(
    amqp_uri: str,
    selection: Selection,
    tell: Tell,
    stream: str = LOG_STREAM,
    archive: LogArchive | None = None,
    base: int = 0,
) -> Iterator[bytes]:
    """Lines of JSON, of the archive as far as it reaches, then of the stream, whose offsets begin at `base`.

    Raises Unreachable, which says where to go on, Unknown when there is no stream, Unsound when a segment is
    not what was signed, and Severed when archive and stream do not meet.
    """
    if archive is None:
        return _lines(_streamed(amqp_uri, selection, tell, stream), selection)
    seam = Seam(amqp_uri, stream, selection, ArchivedPart(archive, selection), base)
    return _lines(_seamless(seam, tell), selection)


def archived_events(selection: Selection, tell: Tell, archive: LogArchive) -> Iterator[bytes]:
    """The same of the archive alone."""
    part = ArchivedPart(archive, selection)
    return _lines(_archived(part, part.end, tell), selection)


def _lines(messages: Iterable[Message], selection: Selection) -> Iterator[bytes]:
    for offset, body in messages:
        if selection.is_behind(offset):
            return
        if (line := selection.line(offset, body)) is not None:
            yield line


def _streamed(amqp_uri: str, selection: Selection, tell: Tell, stream: str) -> Iterator[Message]:
    last = beginning_of_last_chunk(amqp_uri, stream)
    if last is None:
        return
    for _, offset, body in until(amqp_uri, selection.start, last, stream, tell):
        yield offset, body


def _archived(part: ArchivedPart, last: int, tell: Tell) -> Iterator[Message]:
    at = -1
    try:
        for count, record in enumerate(part.records()):
            at = record.offset
            if count % ROUND == 0:
                tell(at, last)
            yield record
    except Unreachable as error:
        raise Unreachable(f"{error}{go_on(at)}") from error


def _seamless(seam: Seam, tell: Tell) -> Iterator[Message]:
    """The archive up to its end, and the stream behind it."""
    part = seam.part
    if seam.selection.is_behind(part.end + 1):
        yield from _archived(part, part.end, tell)
        return
    last = beginning_of_last_chunk(seam.amqp_uri, seam.stream)  # where the log ends when the command begins
    yield from _archived(part, max(seam.base + (last or 0), part.end), tell)
    if last is not None:
        yield from _behind(seam, last, tell)
    elif part.end >= seam.base:
        raise made_anew(part.end)


def _behind(seam: Seam, last: int, tell: Tell) -> Iterator[Message]:
    at, start, end = -1, seam.start, max(last, seam.part.end - seam.base)
    start = min(start, last) if isinstance(start, int) else start  # of a shorter stream, its end
    reading = until(
        seam.amqp_uri, start, end, seam.stream, lambda *where: tell(*(seam.base + it for it in where))
    )
    try:
        for _, own, body in reading:
            offset = seam.base + own
            if at < 0:
                seam.check(offset, body)
            at = offset
            if offset > seam.part.end:
                yield offset, body
    except Silent as error:
        raise (made_anew(seam.part.end) if 0 <= at < seam.part.end else error) from error

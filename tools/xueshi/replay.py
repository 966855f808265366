"""The events of the log, in order, up to where the log ends when the command begins.

Archive and stream meet at the handover offset: the archive gives all up to its end, the stream what is behind
it. An event that a relay published twice is twice in the stream, once in audit's log and so in the archive.
"""

from collections.abc import Iterable, Iterator

from shared.eventlog.topology import LOG_STREAM
from tools.xueshi.archive import ArchivedSelection, LogArchive
from tools.xueshi.errors import Unreachable
from tools.xueshi.handover import Handover, recreated
from tools.xueshi.selection import Selection
from tools.xueshi.stream import LogSilent, OnProgress, beginning_of_last_chunk, go_on, until

PROGRESS_EVENTS = 500  # archived events between two words about how far it is
Message = tuple[int, bytes]  # offset, body


def events(
    amqp_uri: str,
    selection: Selection,
    on_progress: OnProgress,
    stream: str = LOG_STREAM,
    archive: LogArchive | None = None,
    base: int = 0,
) -> Iterator[bytes]:
    """Lines of JSON, of the archive as far as it reaches, then of the stream, whose offsets begin at `base`.

    Raises Unreachable, which says where to go on, Unknown when there is no stream, UnsoundArchive when a
    segment is not what was signed, and HandoverGap when archive and stream do not meet.
    """
    if archive is None:
        return _lines(_streamed(amqp_uri, selection, on_progress, stream), selection)
    handover = Handover(amqp_uri, stream, selection, ArchivedSelection(archive, selection), base)
    return _lines(_archived_then_streamed(handover, on_progress), selection)


def archived_events(selection: Selection, on_progress: OnProgress, archive: LogArchive) -> Iterator[bytes]:
    """The same of the archive alone."""
    archived = ArchivedSelection(archive, selection)
    return _lines(_archived(archived, archived.end, on_progress), selection)


def _lines(messages: Iterable[Message], selection: Selection) -> Iterator[bytes]:
    for offset, body in messages:
        if selection.is_behind(offset):
            return
        if (line := selection.line(offset, body)) is not None:
            yield line


def _streamed(amqp_uri: str, selection: Selection, on_progress: OnProgress, stream: str) -> Iterator[Message]:
    last = beginning_of_last_chunk(amqp_uri, stream)
    if last is None:
        return
    for delivery in until(amqp_uri, selection.start, last, stream, on_progress):
        yield delivery.offset, delivery.body


def _archived(archived: ArchivedSelection, last: int, on_progress: OnProgress) -> Iterator[Message]:
    at = -1
    try:
        for count, record in enumerate(archived.records()):
            at = record.offset
            if count % PROGRESS_EVENTS == 0:
                on_progress(at, last)
            yield record
    except Unreachable as error:
        raise Unreachable(f"{error}{go_on(at)}") from error


def _archived_then_streamed(handover: Handover, on_progress: OnProgress) -> Iterator[Message]:
    """The archive up to its end, and the stream behind it."""
    archived = handover.archived
    if handover.selection.is_behind(archived.end + 1):
        yield from _archived(archived, archived.end, on_progress)
        return
    last = beginning_of_last_chunk(handover.amqp_uri, handover.stream)  # the log's end as the command begins
    yield from _archived(archived, max(handover.base + (last or 0), archived.end), on_progress)
    if last is not None:
        yield from _behind(handover, last, on_progress)
    elif archived.end >= handover.base:
        raise recreated(archived.end)


def _behind(handover: Handover, last: int, on_progress: OnProgress) -> Iterator[Message]:
    """What the stream has behind the handover offset."""
    at, base, end = -1, handover.base, handover.archived.end
    start = handover.start
    start = min(start, last) if isinstance(start, int) else start  # of a shorter stream, its end
    deliveries = until(
        handover.amqp_uri, start, max(last, end - base), handover.stream,
        lambda offset, last: on_progress(base + offset, base + last),
    )  # fmt: skip
    try:
        for delivery in deliveries:
            offset = base + delivery.offset
            if at < 0:
                handover.check(offset, delivery.body)
            at = offset
            if offset > end:
                yield offset, delivery.body
    except LogSilent as error:
        raise (recreated(end) if 0 <= at < end else error) from error

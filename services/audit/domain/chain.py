"""The hash chain of the log: changing, dropping, inserting or reordering an entry breaks it (R32)."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.audit.domain.entry import Entry, read_entry
from shared.eventlog.chain import GENESIS_HASH


@dataclass(frozen=True)
class Head:
    """The last entry of a log that has been read or verified so far."""

    position: int
    hash: str
    stream_offset: int


GENESIS = Head(position=0, hash=GENESIS_HASH, stream_offset=-1)


@dataclass(frozen=True)
class ChainReport:
    """What verifying found: `head` is the last entry that is in order, `broken_at` the first that is not."""

    head: Head
    broken_at: int | None = None
    reason: str | None = None

    @property
    def verified(self) -> bool:
        """Whether everything that was read is in order."""
        return self.broken_at is None


class LogFork(Exception):
    """Another reader has appended meanwhile; the log itself is in order. Read its head again."""


def chained(head: Head, messages: Iterable[tuple[int, bytes]]) -> list[Entry]:
    """The entries of these messages (stream offset, body), which follow `head`."""
    entries: list[Entry] = []
    position, last_hash = head.position, head.hash
    for offset, body in messages:
        entries.append(read_entry(position + 1, offset, body, last_hash))
        position, last_hash = entries[-1].position, entries[-1].hash
    return entries


def verify_chain(entries: Iterable[Entry], after: Head = GENESIS) -> ChainReport:
    """Compute the chain of `entries` again, which follow `after`; one entry is held in memory at a time.

    An entry is in order when its position and stream offset follow the last one's, its link and hash are what
    the bodies give, and the columns that it is found by say what its body says.
    """
    head = after
    for entry in entries:
        if reason := _fault(entry, head):
            return ChainReport(head, entry.position, reason)
        head = Head(entry.position, entry.hash, entry.stream_offset)
    return ChainReport(head)


def _fault(entry: Entry, head: Head) -> str | None:
    if entry.position != head.position + 1:
        return "position"
    if entry.stream_offset <= head.stream_offset:
        return "stream_offset"
    if entry.previous_hash != head.hash:
        return "link"
    expected = read_entry(entry.position, entry.stream_offset, entry.body, head.hash)
    if entry.hash != expected.hash:
        return "hash"
    return None if entry == expected else "columns"

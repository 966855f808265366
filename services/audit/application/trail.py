"""留痕: entries of the log page by page, and one entry with its links in the chain."""

from dataclasses import dataclass

from services.audit.domain import GENESIS, Entry, EntryFilter, Head, verify_chain
from services.audit.storage import EventLog


@dataclass(frozen=True)
class TrailPage:
    """Entries; `next_after` is the position to ask behind for more, None: nothing more."""

    entries: list[Entry]
    next_after: int | None


@dataclass(frozen=True)
class LinkedEntry:
    """An entry and its neighbours; `in_order`: its hash is what its body and the entry before it give."""

    entry: Entry
    before: Entry | None
    behind: Entry | None
    in_order: bool


def read_trail(
    log: EventLog, wanted: EntryFilter, after: int, limit: int, *, newest_first: bool
) -> TrailPage:
    """The next entries that pass the filter. Raises NotFound as `EventLog.matching`."""
    entries = list(log.matching(wanted, after, limit + 1, newest_first=newest_first))
    page, more = entries[:limit], entries[limit:]
    return TrailPage(page, page[-1].position if more else None)


def read_event(log: EventLog, event_id: str) -> LinkedEntry:
    """The entry of an event. Raises NotFound."""
    position = log.with_event(event_id).position
    found = {entry.position: entry for entry in log.around(position)}
    entry, before = found[position], found.get(position - 1)
    head = Head(before.position, before.hash, before.stream_offset) if before else GENESIS
    return LinkedEntry(entry, before, found.get(position + 1), verify_chain([entry], head).verified)

"""留痕: the events of an enrolment, a person, a trace or a subject, page by page."""

from dataclasses import dataclass

from services.audit.domain import Entry, EntryFilter
from services.audit.storage import EventLog


@dataclass(frozen=True)
class TrailPage:
    """Entries in the order of the log; `next_after` is what to ask behind for more, None: nothing more."""

    entries: list[Entry]
    next_after: int | None


def read_trail(log: EventLog, wanted: EntryFilter, after: int, limit: int) -> TrailPage:
    """The next entries behind position `after` that pass the filter."""
    entries = list(log.matching(wanted, after, limit + 1))
    page, more = entries[:limit], entries[limit:]
    return TrailPage(page, page[-1].position if more else None)

"""Time as the auditor compares it: milliseconds since 1970 (UTC), and what two clocks may differ by."""

from datetime import datetime, timedelta

from shared.events.base import Event

SKEW_MS = 2_000  # two machines' clocks may differ by this much
TRANSIT_MS = 60_000  # an event may take this long to the log, and to another service
PATIENCE = timedelta(milliseconds=2 * TRANSIT_MS + SKEW_MS)  # there, and back to the log
SKEW, TRANSIT = timedelta(milliseconds=SKEW_MS), timedelta(milliseconds=TRANSIT_MS)


def milliseconds(time: datetime) -> int:
    """Milliseconds since 1970, cut: two differ by no less than the whole ms between them."""
    return int(time.timestamp()) * 1000 + time.microsecond // 1000


def is_before(effect: datetime, cause: datetime) -> bool:
    """Whether an effect came before its cause, by more than clocks may differ."""
    return effect < cause - SKEW


def came_before(effect: Event, cause: Event) -> bool:
    """Whether an effect was published before its cause: by the numbers of one subject, else by the clocks."""
    one, other = effect.published, cause.published
    if (one.source, one.subject) == (other.source, other.subject) and one.sequence < other.sequence:
        return True
    return is_before(one.time, other.time)

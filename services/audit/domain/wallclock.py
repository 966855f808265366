"""A person's wall clock: each millisecond of it pays for at most one millisecond of video (R23).

A report is paid with time that no face check had closed and no other report has spent, in whatever session.
Reports come by arrival; each takes the earliest time that it may, which leaves the most to the later ones
(earliest deadline first).
"""

from collections.abc import Iterable

from services.audit.domain.intervals import Interval, without


class WallClock:
    """Times are milliseconds since 1970."""

    def __init__(self) -> None:
        self._spent_until: int | None = None

    def unspent(self, earliest: int, received: int) -> Interval:
        """What no report has spent yet of the time between `earliest` and `received`."""
        start = earliest if self._spent_until is None else max(earliest, self._spent_until)
        return start, max(start, received)

    def pay(self, earliest: int, received: int, wanted: int, closed: Iterable[Interval]) -> int:
        """Spend up to `wanted` ms between `earliest` and `received`; returns how many there were to spend."""
        owed = wanted
        for begin, end in without(self.unspent(earliest, received), closed):
            spent = min(owed, end - begin)
            owed -= spent
            if spent:
                self._spent_until = begin + spent
        return wanted - owed

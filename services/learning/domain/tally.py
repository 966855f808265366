"""限次: how often somebody did something, counted from the first time on until the period is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most so many in each period."""

    most: int
    period: timedelta


@dataclass(kw_only=True)
class Tally:
    """`count` since the period began."""

    since: datetime | None = None
    count: int = 0

    def wait_s(self, limit: Limit, now: datetime) -> int:
        """After how many seconds one more is within the limit; 0 when it is now."""
        if self.since is None or self.count < limit.most:
            return 0
        return max(0, -((now - self.since - limit.period) // SECOND))

    def add(self, limit: Limit, now: datetime) -> None:
        """One more; the first after a period is over begins the next."""
        if self.since is None or now - self.since >= limit.period:
            self.since, self.count = now, 0
        self.count += 1

"""From when on the log must be read again, should a service's inbox be gone: kept in its own database.

An inbox is first in, first out. So behind an event that was taken from it stands only what was published
later, and what failed and came back from a retry queue. Of what was taken in each ten minutes the oldest and
the newest event's own time are kept (collection `inbox`); these are never later than its publication.
"""

from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from shared.domain.clock import Clock, utc_now
from shared.messaging.topology import RETRY_DELAYS_MS

PERIOD = timedelta(minutes=10)
MAX_RETRY = timedelta(milliseconds=max(RETRY_DELAYS_MS))
CLOCKS = timedelta(hours=2)  # two clocks, each an hour off
LOG_REACH = timedelta(days=31)  # older events are in the log no more
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Watermark:
    """What this process has taken, and what all processes of its service know."""

    def __init__(self, database: Any, clock: Clock = utc_now) -> None:
        self._taken, self._clock = database["inbox"], clock
        self._noted: list[datetime] = []  # oldest and newest time since the last `flush`

    def note(self, time: datetime) -> None:
        """An event with this time has been taken; an impossible time counts as the nearest possible one."""
        now = self._clock()
        time = min(max(time if time.tzinfo else time.replace(tzinfo=UTC), now - LOG_REACH), now)
        self._noted = [min([*self._noted, time]), max([*self._noted, time])]

    def flush(self) -> None:
        """Write down what was noted, and forget what no refill can need."""
        noted, self._noted = self._noted, []
        if not noted:
            return
        now = self._clock()
        period, (oldest, newest) = now - (now - EPOCH) % PERIOD, noted
        extremes = {"$min": {"oldest": oldest}, "$max": {"newest": newest}}
        try:
            self._taken.update_one({"_id": period}, extremes, upsert=True)
            self._taken.delete_many({"_id": {"$lt": newest - MAX_RETRY - CLOCKS - PERIOD}})
        except Exception:
            self._noted = [min([*self._noted, oldest]), max([*self._noted, newest])]
            raise

    def since(self) -> datetime | None:
        """No event that waits in inbox or retry queues was published before; None: there never was an inbox.

        Such an event stands behind the newest that was taken; or it was taken itself, failed, and came back
        behind it: then it was taken not longer than the longest retry before that one was published.
        """
        periods = list(self._taken.find({}))
        if not periods:
            return None
        head = max(period["newest"] for period in periods)
        back_from = head - MAX_RETRY - CLOCKS - PERIOD
        returning = [period["oldest"] for period in periods if period["_id"] >= back_from]
        since: datetime = min([head, *returning]) - CLOCKS
        return since

    def begin(self) -> None:
        """There is an inbox from now on."""
        self.note(self._clock())
        self.flush()


class Requests:
    """The refill of one queue that is due, kept until it is complete."""

    def __init__(self, database: Any, queue: str) -> None:
        self._rows, self._queue = database["refills"], queue

    def add(self, since: datetime) -> None:
        """One is due, from this time on; one that is due already stays so."""
        due = {"$min": {"since": since}, "$set": {"token": token_hex(8)}}
        self._rows.update_one({"_id": self._queue}, due, upsert=True)

    def due(self) -> dict[str, Any] | None:
        """The refill that is due: `since`, and the `token` by which `done` knows it."""
        refill: dict[str, Any] | None = self._rows.find_one({"_id": self._queue})
        return refill

    def done(self, token: str) -> None:
        """That refill is complete; one that was added meanwhile stays due."""
        self._rows.delete_one({"_id": self._queue, "token": token})

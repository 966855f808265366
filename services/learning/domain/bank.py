"""余时: wall clock that passed while a session played and was not spent yet (R23): a token bucket."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)


@dataclass(kw_only=True)
class Bank:
    """What passed since `anchored_at` and `saved_ms` from before it have not been spent yet.

    A clock that steps back counts as standing still.
    """

    anchored_at: datetime
    saved_ms: int = 0

    def since_anchor_ms(self, now: datetime) -> int:
        """How long ago something was last spent."""
        return max(0, (now - self.anchored_at) // MILLISECOND)

    def available_ms(self, now: datetime, capacity_ms: int) -> int:
        """What may be spent at `now`; never more than the capacity."""
        return min(self.saved_ms + self.since_anchor_ms(now), capacity_ms)

    def spend(self, spent_ms: int, now: datetime, capacity_ms: int) -> None:
        """Take `spent_ms` of what is available."""
        self.saved_ms = self.available_ms(now, capacity_ms) - spent_ms
        self.anchored_at = max(now, self.anchored_at)

    def resume(self, now: datetime) -> None:
        """Nothing was banked up to now; what is saved stays."""
        self.anchored_at = max(now, self.anchored_at)

"""Wall clock that passed while a session played, and what of it is left to be spent on credit (R23)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)


@dataclass(kw_only=True)
class WallClock:
    """Time that passed since `anchored_at` and `carry_ms` from before it have not been spent yet."""

    anchored_at: datetime
    carry_ms: int = 0

    def not_before(self, now: datetime) -> datetime:
        """`now`, unless the clock stepped back."""
        return max(now, self.anchored_at)

    def budget_ms(self, now: datetime) -> int:
        """What may be spent at `now`."""
        return self.carry_ms + (self.not_before(now) - self.anchored_at) // MILLISECOND

    def restart(self, now: datetime) -> None:
        """Forget what passed before `now`."""
        self.anchored_at, self.carry_ms = self.not_before(now), 0

    def spend(self, spent_ms: int, now: datetime, max_carry_ms: int) -> None:
        """Take `spent_ms` off the budget; at most `max_carry_ms` of the rest stays for the next report."""
        self.carry_ms = min(self.budget_ms(now) - spent_ms, max_carry_ms)
        self.anchored_at = self.not_before(now)

"""Failed face checks in a row, and the cool-down that they bring (R18)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.proctor.domain.check import Check, CheckPolicy, CheckState


@dataclass(frozen=True, kw_only=True)
class Streak:
    """Failed checks in a row of one person, over the sessions of whatever lesson and enrolment."""

    failures: int = 0
    failed_at: datetime | None = None  # the latest of them

    def after(self, check: Check) -> "Streak":
        """A pass ends the streak, a failure lengthens it."""
        if check.state is CheckState.PASSED:
            return Streak()
        if check.state is CheckState.FAILED:
            return Streak(failures=self.failures + 1, failed_at=check.concluded_at)
        return self

    def cools_until(self, policy: CheckPolicy) -> datetime | None:
        """冷却至: each time that `attempts` failures have come together (R18)."""
        if self.failed_at is None or self.failures % policy.attempts:
            return None
        return self.failed_at + timedelta(seconds=policy.cooldown_s)

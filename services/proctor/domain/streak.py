"""Failed face checks in a row, and the cool-down that they bring (R18)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.proctor.domain.check import Check, CheckPolicy, CheckState


@dataclass(frozen=True, kw_only=True)
class Streak:
    """Failed checks in a row of one person, over the sessions of whatever lesson and enrolment.

    A frame may be judged after newer checks have failed. So the cool-down is counted from the failure that
    was one too many, and not from the latest: no later failure makes it forgotten.
    """

    failures: int = 0
    cools_from: datetime | None = None  # when as many had failed as the policy allows, for the last time

    def after(self, check: Check, policy: CheckPolicy) -> "Streak":
        """A pass ends the streak, a failure lengthens it."""
        if check.state is CheckState.PASSED:
            return Streak()
        if check.state is not CheckState.FAILED:
            return self
        longer = Streak(failures=self.failures + 1, cools_from=self.cools_from)
        if longer.exhausts(policy):
            return Streak(failures=longer.failures, cools_from=check.concluded_at)
        return longer

    def exhausts(self, policy: CheckPolicy) -> bool:
        """Whether the latest failure is one too many: a person must look, and a cool-down begins."""
        return self.failures > 0 and self.failures % policy.attempts == 0

    def cools_until(self, policy: CheckPolicy) -> datetime | None:
        """冷却至 (R18); None when nothing has brought a cool-down."""
        return self.cools_from + timedelta(seconds=policy.cooldown_s) if self.cools_from else None

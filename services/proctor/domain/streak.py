"""Failed face checks in a row, and the cool-down that they bring (R18)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.proctor.domain.check import Check, CheckPolicy, CheckState
from shared.events.proctor import Moment


@dataclass(frozen=True, kw_only=True)
class Streak:
    """Failed checks in a row of one person, over the sessions of whatever lesson and enrolment.

    A frame may be judged after newer checks have failed. So the cool-down is counted from the failure that
    was one too many, and not from the latest: no later failure makes it forgotten.

    The moment of a start check is the learner's choice. So to pass one makes up for other start checks, and
    for no unforeseen one: else who is there at each start and away afterwards would never be noticed.
    """

    failures: int = 0
    unforeseen: int = 0  # of them, those of unforeseen checks
    cools_from: datetime | None = None  # when as many had failed as the policy allows, for the last time

    def after(self, check: Check, policy: CheckPolicy) -> "Streak":
        """A pass ends the streak, or what start checks have added to it; a failure lengthens it."""
        is_unforeseen = check.moment is Moment.UNFORESEEN
        if check.state is CheckState.PASSED:
            left = 0 if is_unforeseen else self.unforeseen
            return Streak(failures=left, unforeseen=left)
        if check.state is not CheckState.FAILED:
            return self
        longer = replace(self, failures=self.failures + 1, unforeseen=self.unforeseen + is_unforeseen)
        return replace(longer, cools_from=check.concluded_at) if longer.exhausts(policy) else longer

    def exhausts(self, policy: CheckPolicy) -> bool:
        """Whether the latest failure is one too many: a person must look, and a cool-down begins."""
        return self.failures > 0 and self.failures % policy.attempts == 0

    def cools_until(self, policy: CheckPolicy) -> datetime | None:
        """冷却至 (R18); None when nothing has brought a cool-down."""
        return self.cools_from + timedelta(seconds=policy.cooldown_s) if self.cools_from else None

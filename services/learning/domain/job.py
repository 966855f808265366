"""后台任务: work that one worker at a time holds, tried again when it fails or its worker dies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.learning.domain.media_errors import ClaimLost

LEASE = timedelta(minutes=5)  # a worker that has not renewed its claim for so long is dead
PAUSE = timedelta(seconds=30)  # after the first failure; twice as long after each further one
MAX_ATTEMPTS = 5


@dataclass(kw_only=True)
class Job:
    """Nobody holds it from `due_at` on. `attempts` is also the number of the newest claim."""

    due_at: datetime
    attempts: int = 0

    @property
    def exhausted(self) -> bool:
        """Whether it has failed, or killed its worker, too often to be tried again."""
        return self.attempts >= MAX_ATTEMPTS

    def claim(self, now: datetime) -> int | None:
        """Take it for `LEASE`: the number of the claim, None while another has it.

        An attempt counts from here, so that a file that kills its worker is not tried for ever.
        """
        if now < self.due_at:
            return None
        self.attempts += 1
        self.due_at = now + LEASE
        return self.attempts

    def renew(self, claim: int, now: datetime) -> None:
        """Hold it for `LEASE` from now. Raises ClaimLost."""
        self.check(claim)
        self.due_at = now + LEASE

    def check(self, claim: int) -> None:
        """Raises ClaimLost when another has taken it since."""
        if claim != self.attempts:
            raise ClaimLost

    def give_up(self, claim: int, now: datetime) -> None:
        """Its worker was told to end → another can begin at once, and it was no attempt. Raises ClaimLost."""
        self.check(claim)
        self.attempts -= 1
        self.due_at = now

    def release(self, claim: int, now: datetime) -> None:
        """失败 → tried again after a pause. Raises ClaimLost."""
        self.check(claim)
        self.due_at = now + PAUSE * 2 ** (self.attempts - 1)

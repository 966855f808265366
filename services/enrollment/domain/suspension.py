"""暂停与除名: what a case does to its enrolment, and the ways back (R26).

**Seat and fee.** A suspended enrolment keeps both. A barred one keeps its seat, since its class has begun and
nobody could take it, and its fee is not paid back: the learner has ended it. It can come back by an appeal.
"""

from dataclasses import dataclass
from datetime import datetime

from services.enrollment.domain import event_factory
from services.enrollment.domain.standing import Standing
from services.enrollment.domain.status import UNDER_WAY, Status
from services.enrollment.domain.window import Pause
from shared.events.enrollment import ExtensionCause


@dataclass(kw_only=True)
class Suspension(Standing):
    """暂停 of an enrolment, while a case about it is open or after it was confirmed."""

    case_id: str | None = None  # the newest
    case_sequence: int = 0  # of the last event of that case that was followed
    suspended_at: datetime | None = None

    def suspend(self, case_id: str, now: datetime) -> None:
        """暂停学习: a case is open. One that can come to no certificate any more stays as it is.

        An expired one can, when a completion in time is still on its way (R9).
        """
        if self.status not in UNDER_WAY | {Status.EXPIRED} or case_id == self.case_id:
            return
        self.case_id, self.case_sequence, self.suspended_at = case_id, 0, now
        self._interrupt(Status.SUSPENDED, now, event_factory.suspended(self, case_id))

    def resume(self, case_id: str, sequence: int, now: datetime) -> None:
        """恢复学习: the case was dismissed, or the appeal won; the window's clock has stood still (R9).

        `sequence`: of the case's event. An older one that comes late changes nothing.
        """
        if not self._follow_case(case_id, sequence) or self.before is None:
            return
        if self.status not in (Status.SUSPENDED, Status.BARRED):
            return
        assert self.suspended_at is not None
        if self._learning:
            pause = Pause(began_at=self.suspended_at, ended_at=now)
            self._stop_clock([pause], now, ExtensionCause.SUSPENSION, ())
        self._return(self.before, now, event_factory.resumed(self, case_id, self.before))

    def bar(self, case_id: str, sequence: int, now: datetime) -> None:
        """除名: the case was confirmed. An older event that comes late changes nothing."""
        if self._follow_case(case_id, sequence) and self.status is Status.SUSPENDED:
            self._interrupt(Status.BARRED, now, event_factory.barred(self, case_id))

    def _follow_case(self, case_id: str, sequence: int) -> bool:
        """Whether it is news of this enrolment's case."""
        if case_id != self.case_id or sequence <= self.case_sequence:
            return False
        self.case_sequence = sequence
        return True

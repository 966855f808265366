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
    suspended_at: datetime | None = None

    def suspend(self, case_id: str, now: datetime) -> None:
        """暂停学习: a case is open. One that can come to no certificate any more stays as it is.

        An expired one can, when a completion in time is still on its way (R9).
        """
        if self.status not in UNDER_WAY | {Status.EXPIRED} or case_id == self.case_id:
            return
        self.case_id, self.suspended_at = case_id, now
        self._interrupt(Status.SUSPENDED, now, event_factory.suspended(self, case_id))

    def resume(self, case_id: str, now: datetime) -> None:
        """恢复学习: the case was dismissed, or the appeal won; the window's clock has stood still (R9).

        An older case decides nothing any more.
        """
        if case_id != self.case_id or self.status not in (Status.SUSPENDED, Status.BARRED):
            return
        assert self.suspended_at is not None
        assert self.before is not None
        if self._learning:
            pause = Pause(began_at=self.suspended_at, ended_at=now)
            self._stop_clock([pause], now, ExtensionCause.SUSPENSION, ())
        self._return(self.before, now, event_factory.resumed(self, case_id, self.before))

    def bar(self, case_id: str, now: datetime) -> None:
        """除名: the case was confirmed. After an appeal that was won it comes too late: nothing happens."""
        if case_id == self.case_id and self.status is Status.SUSPENDED:
            self._interrupt(Status.BARRED, now, event_factory.barred(self, case_id))

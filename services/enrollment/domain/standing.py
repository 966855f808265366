"""办理状态: where an enrolment stands, when its window closes, and what interrupts it (R5, R6, R9, R26).

An interrupted enrolment keeps in `before` where it was. What its hours record goes through meanwhile moves
`before`, so that it comes back to where it would be.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.enrollment.domain import event_factory
from services.enrollment.domain.errors import Impossible
from services.enrollment.domain.status import INTERRUPTED, TERMINAL, UNDER_WAY, Status
from services.enrollment.domain.window import Pause, closes_with_pauses, months_later
from shared.domain.aggregate import Aggregate
from shared.events.base import Event
from shared.events.enrollment import ExtensionCause
from shared.events.terms import LicenceCategory, StudyPolicy


@dataclass(frozen=True, kw_only=True)
class Step:
    """事项记录: one line of what the learner sees in the matters query (R5)."""

    at: datetime
    status: Status
    reason: str | None = None


@dataclass(kw_only=True)
class Standing(Aggregate):
    """办理状态 of one enrolment."""

    person_id: str
    category: LicenceCategory
    class_opens_at: datetime
    policy: StudyPolicy
    status: Status = Status.SUBMITTED
    before: Status | None = None  # where an interrupted one was
    open_category: str | None = None  # unique with the person while the declaration is open (R6)
    followed: int = 0  # sequence of the last event of the hours record that was followed
    active_since: datetime | None = None  # learning opened
    closes_at: datetime | None = None  # the end of the study window, with all its extensions
    pauses: list[Pause] = field(default_factory=list)
    history: list[Step] = field(default_factory=list)

    # ---- the study window (R9) ----

    def expire(self, now: datetime) -> None:
        """过期: a window that is over ends an active enrolment; any other stays as it is (R9)."""
        if self.status is Status.ACTIVE and self.closes_at is not None and self.closes_at <= now:
            self._interrupt(Status.EXPIRED, now, event_factory.expired(self, self.closes_at))

    def complete(self, completed_at: datetime, now: datetime) -> None:
        """学时学满, in time, however late that becomes known; an expired enrolment goes on then (R9).

        It changes nothing when the hours record has moved on already, nor when the window was over.
        """
        if self.closes_at is None or completed_at > self.closes_at:
            return
        if self.status is Status.ACTIVE:
            self._advance(Status.COMPLETED, now)
        if self.before is Status.ACTIVE:
            self.before = Status.COMPLETED
        if self.status is Status.EXPIRED:
            self._reinstate(now)

    def follow(self, to: Status, sequence: int, now: datetime) -> None:
        """Follow the hours record (学时档案) to where its `sequence`-th event put it (R28–R30).

        Events can come late or again: those before the last one followed change nothing.
        """
        if sequence <= self.followed:
            return
        if self.status in UNDER_WAY:
            self.followed = sequence
            self._advance(to, now)
        elif self.before is not None:
            self.followed, self.before = sequence, to

    def extend_for_outages(self, outages: Collection[Pause], now: datetime) -> None:
        """故障顺延: each outage stops the clock of the window that was open in it, once (R9).

        Of an outage that began before learning opened, only the rest counts. When it becomes known after the
        window is over, the clock has stood still until now, and an expired enrolment goes on.
        """
        opened_at, closes_at = self.active_since, self.closes_at
        if opened_at is None or closes_at is None or not self._learning:
            return
        new = [self._since_opening(outage, opened_at) for outage in outages if self._is_new(outage)]
        ids = [pause.outage_id for pause in new if pause.outage_id]
        if self._stop_clock(new, now, ExtensionCause.OUTAGE, ids) and self.status is Status.EXPIRED:
            self._reinstate(now)

    def give_up_category(self) -> None:
        """A newer declaration has the category: this one goes on beside it (R6, R9)."""
        self.open_category = None

    # ---- inside ----

    @property
    def _learning(self) -> bool:
        """Active, or it was until it was interrupted."""
        return Status.ACTIVE in (self.status, self.before)

    def _is_new(self, outage: Pause) -> bool:
        return all(outage.outage_id != known.outage_id for known in self.pauses)

    def _since_opening(self, pause: Pause, opened_at: datetime) -> Pause:
        return replace(pause, began_at=min(max(pause.began_at, opened_at), pause.ended_at))

    def _stop_clock(
        self, pauses: Collection[Pause], now: datetime, cause: ExtensionCause, outage_ids: Sequence[str]
    ) -> bool:
        """Whether the window closes later for it."""
        closed_at = self.closes_at
        assert closed_at is not None
        self.pauses.extend(pauses)
        if self._computed_end() <= closed_at:
            return False
        if closed_at < now and self.status in (Status.ACTIVE, Status.EXPIRED):  # nothing was learned since
            self.pauses.append(Pause(began_at=closed_at, ended_at=now))
        self.closes_at = self._computed_end()
        self.record(event_factory.extended(self, closed_at, self.closes_at, cause, outage_ids))
        return True

    def _computed_end(self) -> datetime:
        closes_at = months_later(self.class_opens_at, self.policy.study_months)
        return closes_with_pauses(closes_at, self.pauses)

    def _interrupt(self, to: Status, now: datetime, event: Event, reason: str | None = None) -> None:
        self.before = self.before or self.status
        self._move(to, now, event, reason)

    def _reinstate(self, now: datetime) -> None:
        to = self.before
        assert to is not None
        self._return(to, now, event_factory.reinstated(self, to))

    def _return(self, to: Status, now: datetime, event: Event, reason: str | None = None) -> None:
        """Go on from where it was interrupted, with its category unless another declaration has it (R6)."""
        self.before = None
        if to not in TERMINAL:
            self.open_category = self.category.value
        self._move(to, now, event, reason)

    def _advance(self, to: Status, now: datetime) -> None:
        self._move(to, now, event_factory.advanced(self, to))

    def _require(self, allowed: set[Status]) -> None:
        if self.status not in allowed:
            raise Impossible(status=self.status.value)

    def _move(self, to: Status, now: datetime, event: Event, reason: str | None = None) -> None:
        self.status = to
        self.history.append(Step(at=now, status=to, reason=reason))
        if to not in INTERRUPTED:
            self.before = None
        if to in TERMINAL:
            self.open_category = None
        self.record(event)

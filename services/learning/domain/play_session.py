"""播放: one stay in one lesson, which its face checks let play (R17) and whose reports it judges (R23)."""

from dataclasses import dataclass, field
from datetime import datetime

from services.learning.domain.errors import CheckPending, ReportOutOfOrder
from services.learning.domain.playback import RefusalReason, Report, SessionState
from services.learning.domain.wall_clock import WallClock
from shared.events.proctor import Moment


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Whether a report earns credit, and the wall clock on which that rests.

    The report could spend `budget_ms`: what passed from `anchored_at` to `received_at`, and the carry.
    """

    refusal: RefusalReason | None
    anchored_at: datetime
    received_at: datetime
    budget_ms: int


@dataclass(kw_only=True)
class PlaySession:
    """播放: one stay in one lesson, from entering it until it ends."""

    id: str
    lesson_id: str
    turn: int  # number of the person's turn; the highest one plays
    clock: WallClock
    position_ms: int  # where the last report left the player
    reports: int = 0  # number of the last report taken
    started: bool = False  # the start check has been passed
    pending: list[str] = field(default_factory=list)  # face checks asked for and not answered
    answered: list[str] = field(default_factory=list)  # face checks passed

    @property
    def state(self) -> SessionState:
        """Playing once the start check has been passed, while no other is asked for (R17)."""
        return SessionState.PLAYING if self.started and not self.pending else SessionState.AWAITING_CHECK

    def request_check(self, check_id: str) -> None:
        """A face check is asked for; one already answered or known changes nothing."""
        if check_id not in self.answered + self.pending:
            self.pending.append(check_id)

    def pass_check(self, check_id: str, moment: Moment, now: datetime) -> None:
        """A face check was passed: the wall clock restarts, and the session plays unless another is open."""
        self.answered.append(check_id)
        self.pending = [pending for pending in self.pending if pending != check_id]
        self.started = self.started or moment is Moment.START
        self.clock.restart(now)

    def check_playing(self) -> None:
        """Raises CheckPending."""
        if self.state is not SessionState.PLAYING:
            raise CheckPending()

    def check_next(self, number: int) -> None:
        """Raises ReportOutOfOrder."""
        if number != self.reports + 1:
            raise ReportOutOfOrder(expected=self.reports + 1, received=number)

    def take(self, report: Report, now: datetime, max_carry_ms: int) -> Judgement:
        """Judge the report and spend its time; the next one goes on from its end (R23)."""
        anchored_at, budget_ms = self.clock.anchored_at, self.clock.budget_ms(now)
        refusal = self._refusal_of(report, budget_ms)
        if refusal:
            self.clock.restart(now)
        else:
            self.clock.spend(report.length_ms, now, max_carry_ms)
        self.reports, self.position_ms = report.number, report.to_ms
        return Judgement(
            refusal=refusal,
            anchored_at=anchored_at,
            received_at=self.clock.anchored_at,
            budget_ms=budget_ms,
        )

    def _refusal_of(self, report: Report, budget_ms: int) -> RefusalReason | None:
        if report.rate != 1:
            return RefusalReason.WRONG_RATE
        if report.from_ms > self.position_ms:
            return RefusalReason.SEEK_AHEAD
        if report.length_ms > budget_ms:
            return RefusalReason.TOO_FAST
        return None

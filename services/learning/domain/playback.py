"""播放: when a position report earns credit, and how an auditor derives that again (R23).

**Rules.** A report (n, from, to, rate) of a playing session, received at `now`, may spend
budget = carry + (now − anchor) of wall clock. It earns nothing when rate ≠ 1 (wrong_rate), when from lies
past the position reached (seek_ahead), or when to − from > budget (too_fast); then carry := 0. Else
[from, to) joins the covered union and carry := min(budget − (to − from), carry_s). Either way anchor := now
and position := to; the next session starts from the end of the last credited report. When a face check lets
the session play, anchor := that moment and carry := 0. As no millisecond of wall clock is spent twice, the
video credited in a session never exceeds the time it played.

**Derivation.** Take PlaybackCredited and PlaybackRefused of one session by `report`, which has no gaps. For
each PlaybackCredited:

1. carry ≤ min(previous budget_ms − (previous to_ms − previous from_ms), carry_s · 1000) when the report
   before was credited and its received_at equals this anchored_at; else 0 (a refusal or a face check came
   between).
2. budget_ms = carry + received_at − anchored_at.
3. to_ms − from_ms ≤ budget_ms.
4. anchored_at is not before the previous received_at, nor before the session's last FaceCheckPassed.
5. covered_ms = length of the union of [from_ms, to_ms) of every PlaybackCredited of the lesson so far.

`received_at` never runs backwards within a session: a clock that stepped back counts as standing still.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.learning.domain.errors import CheckPending, ReportImpossible, ReportOutOfOrder
from shared.events.proctor import Moment

ROUNDING_MS = 500  # players round the duration; a position this far past the end is the end
MILLISECOND = timedelta(milliseconds=1)


class SessionState(StrEnum):
    """播放状态."""

    AWAITING_CHECK = "awaiting_check"  # 待核验
    PLAYING = "playing"  # 播放中
    PAUSED = "paused"  # 已暂停: a face check failed; enter again (R18)
    ENDED = "ended"  # 已结束


class Refusal(StrEnum):
    """Why a report earns nothing (R23)."""

    WRONG_RATE = "wrong_rate"
    SEEK_AHEAD = "seek_ahead"
    TOO_FAST = "too_fast"
    SUPERSEDED = "superseded"  # the learner plays elsewhere


@dataclass(frozen=True, kw_only=True)
class Report:
    """进度报告: the player played [from_ms, to_ms) at `rate`; the n-th of its session."""

    number: int
    from_ms: int
    to_ms: int
    rate: float

    def within(self, duration_ms: int) -> "Report":
        """The same, cut to the video. Raises ReportImpossible."""
        if not 0 <= self.from_ms <= self.to_ms <= duration_ms + ROUNDING_MS:
            raise ReportImpossible(duration_ms=duration_ms)
        start, end = min(self.from_ms, duration_ms), min(self.to_ms, duration_ms)
        return Report(number=self.number, from_ms=start, to_ms=end, rate=self.rate)

    @property
    def length_ms(self) -> int:
        """How much video was played."""
        return self.to_ms - self.from_ms


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a report brought: `credited_ms` is new coverage, `covered_ms` the lesson's total."""

    credited_ms: int
    covered_ms: int
    state: SessionState
    refused: Refusal | None


@dataclass(kw_only=True)
class WallClock:
    """Time that passed while a session played and has not been spent on credit yet."""

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

    def spend(self, spent_ms: int, now: datetime, most_carried_ms: int) -> None:
        """Take `spent_ms` off the budget; at most `most_carried_ms` of the rest stays for the next report."""
        self.carry_ms = min(self.budget_ms(now) - spent_ms, most_carried_ms)
        self.anchored_at = self.not_before(now)


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
        """A face check was passed; when none is left open, the wall clock starts anew."""
        self.answered.append(check_id)
        self.pending = [it for it in self.pending if it != check_id]
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

    def take(self, report: Report) -> None:
        """The report has been judged; the next one goes on from its end."""
        self.reports, self.position_ms = report.number, report.to_ms

    def judge(self, report: Report, now: datetime) -> Refusal | None:
        """Why the report earns nothing, or None (R23)."""
        if report.rate != 1:
            return Refusal.WRONG_RATE
        if report.from_ms > self.position_ms:
            return Refusal.SEEK_AHEAD
        if report.length_ms > self.clock.budget_ms(now):
            return Refusal.TOO_FAST
        return None

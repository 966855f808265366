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

Here are a report and its outcome; `wall_clock`, `play_session` and `coverage` hold the parts of the rules.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.learning.domain.errors import ReportImpossible

ROUNDING_MS = 500  # players round the duration; a position this far past the end is the end


class SessionState(StrEnum):
    """播放状态."""

    AWAITING_CHECK = "awaiting_check"  # 待核验
    PLAYING = "playing"  # 播放中
    PAUSED = "paused"  # 已暂停: a face check failed; enter again (R18)
    ENDED = "ended"  # 已结束


class RefusalReason(StrEnum):
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
class ReportOutcome:
    """What a report earned: `credited_ms` is new coverage, `covered_ms` the lesson's total."""

    credited_ms: int
    covered_ms: int
    state: SessionState
    refusal: RefusalReason | None

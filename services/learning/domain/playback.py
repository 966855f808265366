"""播放: when a position report earns credit, and how an auditor derives that again (R23).

**Rules.** A report (n, from, to, rate) claims that the video from `from` to `to` was played. It is refused,
and nothing changes but that the refusal is recorded, when the session has ended, when no lease is open
(check_pending), when n is not the number after the last (out_of_order), when the positions do not lie in the
video (impossible), when rate ≠ 1 (wrong_rate), when `from` lies past what is covered (seek_ahead), or when
it claims more than `bank_s` beyond the time that passed (too_fast): no clock of ours steps so far. Else it is
paid from its start:

    available = min(bank + (now − anchor), bank_s)
    paid      = min(to − from, available, lease − from)
    covered  := max(covered, from + paid);  bank := available − paid;  anchor := now

What was not paid is not lost: the next report claims it again, from `from + paid`. When `covered` has
reached the lease, the session awaits a check, and no time is banked until it is passed; then anchor := that
moment. More than `silence_s` after the anchor the session is over. As no millisecond of wall clock is paid
out twice, the video credited in a session never exceeds the time that it played.

**Derivation.** `PlaybackRecorded` holds everything: anchor and bank before its first report, and each
report with its arrival. Apply the rules above; paid and covered must come out as published. docs/adr/0014
says how the lease is derived.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

ROUNDING_MS = 500  # players round the duration; a position this far past the end is the end


class SessionState(StrEnum):
    """播放状态."""

    AWAITING_CHECK = "awaiting_check"  # 待核验
    PLAYING = "playing"  # 播放中
    ENDED = "ended"  # 已结束


class RefusalReason(StrEnum):
    """Why a report earns nothing (R23)."""

    ENDED = "ended"  # the session was over before
    SILENT = "silent"  # it came too late, which ended the session
    WINDOW_CLOSED = "window_closed"  # the study window is over (R9)
    CHECK_PENDING = "check_pending"  # a face check comes first (R17)
    OUT_OF_ORDER = "out_of_order"
    IMPOSSIBLE = "impossible"
    WRONG_RATE = "wrong_rate"
    SEEK_AHEAD = "seek_ahead"
    TOO_FAST = "too_fast"


@dataclass(frozen=True, kw_only=True)
class Report:
    """进度报告: the player played [from_ms, to_ms) at `rate`; the n-th of its session."""

    number: int
    from_ms: int
    to_ms: int
    rate: float

    def is_possible(self, duration_ms: int) -> bool:
        """Whether the positions lie in the video, the earlier one first."""
        return 0 <= self.from_ms <= self.to_ms <= duration_ms + ROUNDING_MS

    def within(self, duration_ms: int) -> "Report":
        """The same, cut to the video."""
        return replace(self, from_ms=min(self.from_ms, duration_ms), to_ms=min(self.to_ms, duration_ms))

    @property
    def length_ms(self) -> int:
        """How much video it claims."""
        return self.to_ms - self.from_ms


@dataclass(frozen=True, kw_only=True)
class ReportOutcome:
    """What a report earned, and where to go on.

    `credited_ms` is new coverage; `pending_ms` was claimed and not paid: claim it again from `position_ms`.
    """

    credited_ms: int
    pending_ms: int
    covered_ms: int
    position_ms: int
    next_report: int
    state: SessionState
    refusal: RefusalReason | None = None

"""One lesson's hours as the auditor counts them, second by second (R22–R25)."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.events.terms import LessonKind


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What became of a report, or of a part of it: of the video [from_ms, to_ms).

    `reason`: why it was refused; None where it was earned, or is pending: it may be claimed again.
    """

    session_id: str
    report: int
    from_ms: int
    to_ms: int
    received_at: datetime
    event_id: str  # of the batch that lists the report
    reason: str | None = None


@dataclass
class LessonHours:
    """One lesson: credited video as half-open intervals [from_ms, to_ms), and when it is known, its kind.

    `earned` are those parts of reports that covered more of it, `pending` those that were not paid for,
    in the order in which they came.
    """

    lesson_id: str
    kind: LessonKind | None = None
    duration_ms: int | None = None
    intervals: list[tuple[int, int]] = field(default_factory=list)
    completed: bool = False
    earned: list[Claim] = field(default_factory=list)
    pending: list[Claim] = field(default_factory=list)
    refused: list[Claim] = field(default_factory=list)

    @property
    def credited_ms(self) -> int:
        """Credited video, each millisecond once."""
        return sum(end - begin for begin, end in self.intervals)

    def cover(self, until_ms: int) -> None:
        """[0, until_ms) is covered."""
        self.intervals = [(0, until_ms)] if until_ms > 0 else []

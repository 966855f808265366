"""学时台账: what became of each second that a player claimed, the same for all who may see it (R23, R25).

A report claims [from, to) of video. It was paid from its start as far as bank and lease went; what of that
lay beyond the end of what was covered is earned: [from + paid − credited, from + paid). The rest of the claim
is pending, for the next report to claim again. A refused report earned nothing, and says why.

What is **earned** of a lesson is the union of these intervals and of what its study and its session know by
now. It never becomes less, though a batch that has just left its session may be on its way to the ledger.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.learning.domain.play_session import PlaySession
from services.learning.domain.progress import LessonProgress
from shared.domain.aggregate import Aggregate
from shared.events.learning import PlaybackRecorded, ReportRecord


@dataclass(frozen=True, kw_only=True)
class Interval:
    """[from_ms, to_ms) of a lesson's video."""

    from_ms: int
    to_ms: int


@dataclass(kw_only=True)
class LedgerBatch(Aggregate):
    """台账: the reports of one batch of a play session, as its event has them; id is `session:batch`."""

    enrollment_id: str
    lesson_id: str
    session_id: str
    began_at: datetime  # when its first report came
    reports: list[ReportRecord]
    refusals_left_out: int  # refused reports beyond those that are listed
    earned: list[Interval]
    refused: int  # refused reports, listed or not

    @classmethod
    def of(cls, event: PlaybackRecorded) -> "LedgerBatch":
        """A batch that was published."""
        return cls(
            id=batch_id(event.session_id, event.batch),
            enrollment_id=event.enrollment_id,
            lesson_id=event.lesson_id,
            session_id=event.session_id,
            began_at=event.reports[0].received_at if event.reports else event.anchored_at,
            reports=event.reports,
            refusals_left_out=event.refusals_left_out,
            earned=_earned(event.reports),
            refused=_refused(event.reports) + event.refusals_left_out,
        )

    @classmethod
    def unpublished(cls, session: PlaySession) -> "LedgerBatch | None":
        """What a session that goes on has not published yet; None when there is nothing."""
        batch = session.batch
        if batch.is_empty:
            return None
        return cls(
            id=batch_id(session.id, batch.number),
            enrollment_id=session.enrollment_id,
            lesson_id=session.lesson_id,
            session_id=session.id,
            began_at=batch.reports[0].received_at,
            reports=batch.reports,
            refusals_left_out=batch.refusals_left_out,
            earned=_earned(batch.reports),
            refused=_refused(batch.reports) + batch.refusals_left_out,
        )


@dataclass(frozen=True, kw_only=True)
class LessonLedger:
    """What all reports of a lesson came to. `earned` is sorted, and its intervals lie apart."""

    lesson_id: str
    earned: list[Interval]
    refused: int  # reports
    pending_ms: int  # claimed by the last report of the session that goes on, and not earned yet

    @property
    def earned_ms(self) -> int:
        """How much video is credited."""
        return sum(interval.to_ms - interval.from_ms for interval in self.earned)


def ledger_of(
    progress: LessonProgress,
    earned: Iterable[Interval],
    refused: int,
    session: PlaySession | None,
    unpublished: LedgerBatch | None,
) -> LessonLedger:
    """What a lesson came to: by its published batches, its study, and the session that goes on, if any."""
    covered_ms, pending_ms = progress.covered_ms, 0
    if session and session.lesson_id == progress.lesson_id:
        covered_ms = max(covered_ms, session.covered_ms)
        pending_ms = session.pending_ms
    if unpublished and unpublished.lesson_id == progress.lesson_id:
        refused += unpublished.refused
    return LessonLedger(
        lesson_id=progress.lesson_id,
        earned=merged([*earned, Interval(from_ms=0, to_ms=covered_ms)]),
        refused=refused,
        pending_ms=pending_ms,
    )


def batch_id(session_id: str, number: int) -> str:
    """The id of a batch in the ledger."""
    return f"{session_id}:{number}"


def earned_by(record: ReportRecord) -> Interval | None:
    """What a report newly earned."""
    end_ms = record.from_ms + record.paid_ms
    return Interval(from_ms=end_ms - record.credited_ms, to_ms=end_ms) if record.credited_ms else None


def pending_after(record: ReportRecord, duration_ms: int) -> int:
    """How much of its claim within the video a report left for the next one."""
    claimed_ms = min(record.to_ms, duration_ms) - min(record.from_ms, duration_ms)
    return 0 if record.refusal else claimed_ms - record.paid_ms


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Their union: sorted, and none touches the next. An empty interval adds nothing."""
    union: list[Interval] = []
    for interval in sorted(intervals, key=lambda interval: interval.from_ms):
        if union and interval.from_ms <= union[-1].to_ms:
            last = union.pop()
            union.append(Interval(from_ms=last.from_ms, to_ms=max(last.to_ms, interval.to_ms)))
        elif interval.from_ms < interval.to_ms:
            union.append(interval)
    return union


def _earned(reports: Iterable[ReportRecord]) -> list[Interval]:
    return merged(interval for record in reports if (interval := earned_by(record)))


def _refused(reports: Iterable[ReportRecord]) -> int:
    return sum(record.refusal is not None for record in reports)

"""播放记录批次: reports on their way to the log (R23, R31)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.learning.domain.playback import RefusalReason, Report
from shared.events.learning import ReportRecord

MAX_AGE = timedelta(minutes=5)  # between the first report of a batch and its publication, while it plays
MAX_REFUSALS = 20  # refused reports that a batch lists; more are counted
MAX_REPORTS = 100  # accepted ones: who reports that often has the batch published before its time


@dataclass(kw_only=True)
class Batch:
    """The reports since the batch before. `anchored_at` and `bank_ms`: the bank before the first of them."""

    number: int
    anchored_at: datetime
    bank_ms: int
    reports: list[ReportRecord] = field(default_factory=list)
    refusals_left_out: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to publish."""
        return not self.reports and not self.refusals_left_out

    def is_due(self, now: datetime) -> bool:
        """Whether it has waited long enough, or has become large."""
        is_old = bool(self.reports) and now - self.reports[0].received_at >= MAX_AGE
        return is_old or len(self.reports) - self._refusals >= MAX_REPORTS

    def accept(self, report: Report, now: datetime, *, paid_ms: int, credited_ms: int) -> None:
        """Note a report that was paid, in whole or in part."""
        self.reports.append(_record(report, now, paid_ms=paid_ms, credited_ms=credited_ms))

    def refuse(self, report: Report, now: datetime, reason: RefusalReason) -> None:
        """Note a report that earned nothing."""
        if self._refusals < MAX_REFUSALS:
            self.reports.append(_record(report, now, refusal=reason))
        else:
            self.refusals_left_out += 1

    @property
    def _refusals(self) -> int:
        return sum(record.refusal is not None for record in self.reports)


def _record(
    report: Report,
    now: datetime,
    *,
    paid_ms: int = 0,
    credited_ms: int = 0,
    refusal: RefusalReason | None = None,
) -> ReportRecord:
    return ReportRecord(
        number=report.number,
        from_ms=report.from_ms,
        to_ms=report.to_ms,
        rate=report.rate,
        received_at=now,
        paid_ms=paid_ms,
        credited_ms=credited_ms,
        refusal=refusal,
    )

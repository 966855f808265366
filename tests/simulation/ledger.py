"""The credit of a play session, derived from its batches alone as docs/adr/0014 says (R23)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.events.learning import LessonEntered, PlaybackRecorded, ReportRecord
from tests.simulation.lessons import POLICY

MILLISECOND = timedelta(milliseconds=1)


class Ledger:
    """Books batch after batch; `fail` raises."""

    def __init__(self, entered: LessonEntered, fail: Callable[[str], None]) -> None:
        self._id, self._duration_ms, self._fail = entered.session_id, entered.duration_ms, fail
        self.covered_ms, self.numbers, self.batches = entered.covered_ms, 0, 0
        self._anchor: datetime | None = None
        self._bank_ms = 0

    def book(self, event: PlaybackRecorded, limit_ms: int) -> None:
        """The next batch, of which nothing may lie beyond `limit_ms` of video."""
        self.batches += 1
        self._expect("number", event.batch, self.batches)
        self._expect("bank", event.bank_ms, self._bank_ms)
        if self._anchor and event.anchored_at < self._anchor:
            self._fail(f"a batch of {self._id} counts time again")
        self._anchor = event.anchored_at
        for report in event.reports:
            if report.refusal is None:
                self._pay(report, limit_ms)
        self._expect("covered", event.covered_ms, self.covered_ms)
        if self.covered_ms > limit_ms:
            self._fail(f"session {self._id} published {self.covered_ms} ms, its checks allow {limit_ms}")

    def _pay(self, report: ReportRecord, limit_ms: int) -> None:
        self.numbers += 1
        self._expect("report", report.number, self.numbers)
        assert self._anchor is not None
        passed_ms = (report.received_at - self._anchor) // MILLISECOND
        if not 0 <= passed_ms <= POLICY.silence_s * 1000:
            self._fail(f"report {report.number} of {self._id} was accepted after {passed_ms} ms")
        if report.rate != 1 or report.from_ms > self.covered_ms:
            self._fail(f"report {report.number} of {self._id} was accepted")
        available_ms = min(self._bank_ms + passed_ms, POLICY.bank_s * 1000)
        claimed_ms = min(report.to_ms, self._duration_ms) - report.from_ms
        paid_ms = min(claimed_ms, available_ms, limit_ms - report.from_ms)
        self._expect("paid", report.paid_ms, paid_ms)
        covered_ms = max(self.covered_ms, report.from_ms + paid_ms)
        self._expect("credited", report.credited_ms, covered_ms - self.covered_ms)
        self.covered_ms, self._bank_ms, self._anchor = covered_ms, available_ms - paid_ms, report.received_at

    def _expect(self, figure: str, actual: int, derived: int) -> None:
        if actual != derived:
            self._fail(f"{figure} of session {self._id} is {actual}, derived {derived}")

"""One play session's credit counted again: a token bucket, a lease, a prefix of the video (R17, R23; ADR 14).

Wall clock that passed while the session played and was not spent stays spendable up to `bank_s`. Each
accepted report claims [from, to) of the video and says how much of it was paid; more than the bank and
the lease held is not counted here, and is a fault.
"""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from services.audit.domain.discrepancy import Fault
from services.audit.domain.lesson_hours import Claim, LessonHours
from services.audit.domain.schedule import Lease
from services.audit.domain.session import Session
from services.audit.domain.times import SKEW_MS, milliseconds
from shared.events.base import Event
from shared.events.learning import PlaybackRecorded, ReportRecord
from shared.events.terms import StudyPolicy


class Terms(NamedTuple):
    """What the count goes by. `window`: from when until when credit counts (R9); None: the log lacks it."""

    policy: StudyPolicy
    duration_ms: int
    window: tuple[datetime, datetime] | None


class SessionCredit:
    """`covered_ms`: credited video of the lesson after this session; `reports`: the last one accepted."""

    def __init__(
        self,
        session: Session,
        lease: Lease,
        lesson: LessonHours,
        terms: Terms,
        faults: defaultdict[str, list[Fault]],
    ) -> None:
        self.session, self.lease, self._lesson, self._faults = session, lease, lesson, faults
        self.entered_ms = self.covered_ms = lesson.credited_ms
        self.reports = 0
        self.reached_at: datetime | None = None  # arrival of the report that used up the first lease
        self._duration_ms = terms.duration_ms
        self._cap_ms, self._silence_ms = terms.policy.bank_s * 1000, terms.policy.silence_s * 1000
        self._opens, self._closes = map(milliseconds, terms.window) if terms.window else (0, 0)
        self._start = milliseconds(lease.start) if lease.start else None
        self._unforeseen = milliseconds(lease.unforeseen) if lease.unforeseen else None
        self._bank_ms = 0
        self._clock: int | None = None  # when time was last counted; None: it never was
        self._named: set[str] = set()  # rules that the batch in hand has broken: one fault for each

    @property
    def lease_used_up(self) -> bool:
        """Whether the credit came to the moment of the unforeseen check."""
        return self.lease.until_ms is not None and self.covered_ms >= self.lease.until_ms

    def count(self) -> None:
        """Count every batch, in order."""
        for number, batch in enumerate(self.session.all(PlaybackRecorded), start=1):
            self._named.clear()
            if batch.batch != number:
                self._fault("credit.numbered", f"Batch {number} of the session is missing", batch)
            self._batch(batch)
            if batch.covered_ms != self.covered_ms:
                self._fault(
                    "credit.figures",
                    f"Published {batch.covered_ms} ms covered, counted {self.covered_ms} ms",
                    batch,
                )
        self._lesson.cover(self.covered_ms)

    # ---- a batch ----

    def _batch(self, batch: PlaybackRecorded) -> None:
        if batch.refusals_left_out < 0:
            self._fault("credit.figures", "Fewer refused reports than none were left out", batch)
        if any(report.refusal is None for report in batch.reports):
            self._resume(batch)
        lease_ms = self._lease_ms(batch)
        latest = milliseconds(batch.published.time) + SKEW_MS
        for report in batch.reports:
            received = milliseconds(report.received_at)
            if received > latest:
                self._fault(
                    "credit.arrival", f"Report {report.number} came after its batch was published", batch
                )
            if report.refusal is None:
                self._accepted(batch, report, received, lease_ms)
            else:
                self._refused(batch, report)

    def _resume(self, batch: PlaybackRecorded) -> None:
        """Take the bank from where the batch says that it stood, and no more than was left."""
        anchor, floor = milliseconds(batch.anchored_at), self._lease_opened()
        if not 0 <= batch.bank_ms <= self._bank_ms:
            self._fault(
                "credit.bank", f"{batch.bank_ms} ms were brought along, {self._bank_ms} ms were left", batch
            )
        self._bank_ms = max(0, min(batch.bank_ms, self._bank_ms))
        if self._clock is not None and anchor < self._clock:
            self._fault("credit.bank", "Time is counted from before the last report", batch)
        since = max(self._clock or anchor, floor or 0)
        if anchor - since > self._silence_ms and (floor is None or floor < since - SKEW_MS):
            message = f"{anchor - since} ms of silence before time is counted again"
            self._fault("credit.silence", message, batch)
        if floor is not None and anchor < floor - SKEW_MS:
            self._fault("credit.lease", "Time is counted from before its face check was passed", batch)
        self._clock = max(anchor, self._clock or anchor, (floor or anchor) - SKEW_MS)

    def _lease_opened(self) -> int | None:
        """When the check was passed that lets credit go on from here; None: there is none."""
        return self._unforeseen if self.lease_used_up else self._start

    def _lease_ms(self, batch: PlaybackRecorded) -> int:
        """How far the credit of this batch may run: it ends where a lease ends."""
        if self._lease_opened() is None:
            return self.covered_ms
        if self.lease.until_ms is None or self.lease_used_up:
            return self._duration_ms
        return self.lease.until_ms

    # ---- a report ----

    def _accepted(self, batch: PlaybackRecorded, report: ReportRecord, received: int, lease_ms: int) -> None:
        self._elapse(batch, report, received)
        if report.number != self.reports + 1:
            self._fault(
                "credit.numbered", f"Report {self.reports + 1} is missing before {report.number}", batch
            )
        self.reports = report.number
        earned_ms = self._earn(batch, report, lease_ms)
        if report.credited_ms != earned_ms:
            message = f"Report {report.number}: {report.credited_ms} ms credited, {earned_ms} ms counted"
            self._fault("credit.figures", message, batch)

    def _elapse(self, batch: PlaybackRecorded, report: ReportRecord, received: int) -> None:
        """Bank the time since time was last counted."""
        last = self._clock if self._clock is not None else received
        if received < last - SKEW_MS:
            self._fault("credit.arrival", f"Report {report.number} came before the one before it", batch)
        if received - last > self._silence_ms:
            self._fault(
                "credit.silence", f"{received - last} ms of silence before report {report.number}", batch
            )
            last = received
        if self._closes and not self._opens - SKEW_MS <= received < self._closes:
            self._fault("credit.window", f"Report {report.number} came outside the study window", batch)
        self._bank_ms = min(self._cap_ms, self._bank_ms + max(0, received - last))
        self._clock = max(received, last)

    def _earn(self, batch: PlaybackRecorded, report: ReportRecord, lease_ms: int) -> int:
        """The video that the report adds to what is covered, in ms."""
        paid_ms = self._paid(batch, report)
        if report.from_ms > self.covered_ms:
            self._fault("credit.seek", f"Report {report.number} begins ahead of what is covered", batch)
            return 0
        until = report.from_ms + paid_ms
        if until > max(lease_ms, self.covered_ms):
            message = f"Report {report.number} runs to {until} ms, the face checks allow {lease_ms} ms"
            self._fault("credit.lease", message, batch)
        until = min(until, lease_ms)
        before, self.covered_ms = self.covered_ms, max(self.covered_ms, until)
        if self.covered_ms > before:
            self._lesson.earned.append(self._claim(batch, report, before, self.covered_ms))
            self._note_reached(report.received_at)
        if report.from_ms + paid_ms < report.to_ms:
            self._lesson.pending.append(self._claim(batch, report, report.from_ms + paid_ms, report.to_ms))
        return self.covered_ms - before

    def _paid(self, batch: PlaybackRecorded, report: ReportRecord) -> int:
        if not 0 <= report.from_ms <= report.to_ms <= self._duration_ms:
            self._fault("credit.figures", f"Report {report.number} lies outside the video", batch)
        if not 0 <= report.paid_ms <= report.to_ms - report.from_ms:
            self._fault("credit.figures", f"Report {report.number} pays for other than it claims", batch)
        if report.rate != 1:
            self._fault("credit.rate", f"Report {report.number} was played at {report.rate}×", batch)
            return 0
        if report.paid_ms > self._bank_ms:
            message = f"Report {report.number} spends {report.paid_ms} ms of {self._bank_ms} ms"
            self._fault("credit.bank", message, batch)
        paid_ms = max(0, min(report.paid_ms, self._bank_ms, report.to_ms - report.from_ms))
        self._bank_ms -= paid_ms
        return paid_ms

    def _refused(self, batch: PlaybackRecorded, report: ReportRecord) -> None:
        if report.paid_ms or report.credited_ms:
            self._fault("credit.figures", f"Report {report.number} was refused, and earned something", batch)
        refused = self._claim(batch, report, report.from_ms, report.to_ms, report.refusal)
        self._lesson.refused.append(refused)

    # ---- inside ----

    def _note_reached(self, at: datetime) -> None:
        if self.reached_at is None and self.lease_used_up:
            self.reached_at = at

    def _claim(
        self, batch: Event, report: ReportRecord, from_ms: int, to_ms: int, reason: str | None = None
    ) -> Claim:
        return Claim(
            session_id=self.session.id,
            report=report.number,
            from_ms=from_ms,
            to_ms=to_ms,
            received_at=report.received_at,
            event_id=batch.published.id,
            reason=reason,
        )

    def _fault(self, name: str, message: str, batch: PlaybackRecorded) -> None:
        """The first of its rule in a batch; the rest follows from it."""
        if name not in self._named:
            self._named.add(name)
            self._faults[name].append(Fault(message, (batch,)))

"""播放: one stay in one lesson, which its face checks let play (R17) and whose reports it judges (R23)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.learning.domain import event_factory
from services.learning.domain.bank import Bank
from services.learning.domain.batch import Batch
from services.learning.domain.learner import Turn
from services.learning.domain.playback import RefusalReason, Report, ReportOutcome, SessionState
from services.learning.domain.progress import LessonProgress, PassedCheck, is_watched
from shared.domain.aggregate import Aggregate
from shared.events.learning import Ending
from shared.events.proctor import Moment
from shared.events.terms import StudyPolicy


@dataclass(frozen=True, kw_only=True)
class LastReport:
    """The last report that was accepted and its outcome, so that a repeat of it is answered the same."""

    report: Report
    outcome: ReportOutcome


@dataclass(kw_only=True)
class PlaySession(Aggregate):
    """播放: from entering a lesson until it ends. Small, since each report rewrites it."""

    person_id: str
    enrollment_id: str
    lesson_id: str
    login_id: str  # the login session that entered
    entered_at: datetime
    closes_at: datetime  # end of the study window (R9)
    duration_ms: int
    covered_ms: int  # credited video of the lesson: [0, covered_ms)
    unforeseen_passed: bool  # in this session or an earlier one
    policy: StudyPolicy
    bank: Bank
    batch: Batch
    mixed: bool = False  # proctor's commitment has been answered (R17)
    lease_ms: int | None = None  # credit may run up to here
    reports: int = 0  # number of the last report that was accepted
    checks: list[PassedCheck] = field(default_factory=list)
    last_report: LastReport | None = None
    ending: Ending | None = None
    ended_at: datetime | None = None
    late_report_recorded: bool = False  # the first report after the end
    wake_at: datetime | None = None  # when the mere passing of time ends it

    @classmethod
    def begin(
        cls,
        turn: Turn,
        progress: LessonProgress,
        *,
        person_id: str,
        login_id: str,
        closes_at: datetime,
        policy: StudyPolicy,
        now: datetime,
    ) -> "PlaySession":
        """进入课程 → a session that awaits its start check (R17)."""
        session = cls(
            id=turn.session_id,
            person_id=person_id,
            enrollment_id=turn.enrollment_id,
            lesson_id=progress.lesson_id,
            login_id=login_id,
            entered_at=now,
            closes_at=closes_at,
            duration_ms=progress.duration_ms,
            covered_ms=progress.covered_ms,
            unforeseen_passed=progress.passed(Moment.UNFORESEEN),
            policy=policy,
            bank=Bank(anchored_at=now),
            batch=Batch(number=1, anchored_at=now, bank_ms=0),
        )
        session.record(event_factory.lesson_entered(session, turn.number))
        session._set_wake()
        return session

    @classmethod
    def never_began(cls, turn: Turn, ending: Ending, *, person_id: str, now: datetime) -> "PlaySession":
        """What is stored of a turn whose session was never created, so that it never will be."""
        return cls(
            id=turn.session_id,
            person_id=person_id,
            enrollment_id=turn.enrollment_id,
            lesson_id="",
            login_id="",
            entered_at=now,
            closes_at=now,
            duration_ms=0,
            covered_ms=0,
            unforeseen_passed=False,
            policy=StudyPolicy(),
            bank=Bank(anchored_at=now),
            batch=Batch(number=1, anchored_at=now, bank_ms=0),
            ending=ending,
            ended_at=now,
        )

    @property
    def began(self) -> bool:
        """False for what is stored of a turn whose session was never created."""
        return bool(self.lesson_id)

    @property
    def state(self) -> SessionState:
        """Playing while a lease is open (R17)."""
        if self.ending:
            return SessionState.ENDED
        has_lease = self.lease_ms is not None and self.covered_ms < self.lease_ms
        return SessionState.PLAYING if has_lease else SessionState.AWAITING_CHECK

    @property
    def pending_ms(self) -> int:
        """How much the last report claimed that can still be earned, while it goes on."""
        return self.last_report.outcome.pending_ms if self.last_report and self.ending is None else 0

    @property
    def silent_at(self) -> datetime:
        """When silence ends it, while it plays (R23)."""
        return self.bank.anchored_at + timedelta(seconds=self.policy.silence_s)

    # ---- what the player reports ----

    def report(self, report: Report, now: datetime) -> ReportOutcome:
        """进度报告 → what it earned; a refusal changes nothing but that it is recorded (R23, `playback`).

        A repeat of the last report is answered as before.
        """
        if self.last_report and self.last_report.report == report:
            return self.last_report.outcome
        self.elapse(now)
        if refusal := self._refusal_of(report, now):
            return self._refuse(report, refusal, now)
        return self._accept(report.within(self.duration_ms), report, now)

    def elapse(self, now: datetime) -> None:
        """时间到: silence, or the end of the study window, ends it (R9, R23)."""
        if self.ending:
            return
        if self.state is SessionState.PLAYING and now > self.silent_at and self.silent_at < self.closes_at:
            self._end(Ending.SILENT, self.silent_at)
        elif now >= self.closes_at:
            self._end(Ending.WINDOW_CLOSED, self.closes_at)

    # ---- what happened elsewhere ----

    def mix(self, seed_hash: str, value: str) -> None:
        """抽签应答: our value, now that proctor is bound to its seed (R17); once a session."""
        if self.mixed or self.ending:
            return
        self.mixed = True
        self.record(event_factory.schedule_mixed(self, seed_hash, value))

    def pass_check(self, check: PassedCheck, *, lease_ms: int, passed_at: datetime, now: datetime) -> None:
        """人脸核验通过 → its lease opens, and time is banked from now on (R17).

        `passed_at`: a check passed within the study window counts for the lesson, however late that is heard.
        """
        self.elapse(now)
        if self.ending not in (None, Ending.WINDOW_CLOSED) or passed_at >= self.closes_at:
            return
        if check in self.checks:
            return
        self.checks.append(check)
        self.unforeseen_passed = self.unforeseen_passed or check.moment is Moment.UNFORESEEN
        if self.ending is None:
            self._open_lease(lease_ms, now)

    def extend_window(self, closes_at: datetime) -> None:
        """延长学习期 (R9); it never becomes shorter."""
        self.closes_at = max(self.closes_at, closes_at)
        self._set_wake()

    def end(self, ending: Ending, now: datetime, check_id: str | None = None) -> None:
        """播放结束: nothing more is credited, unless time has ended it before; again changes nothing."""
        self.elapse(now)
        if self.ending is None:
            self._end(ending, self._received(now), check_id)

    # ---- inside ----

    def _open_lease(self, lease_ms: int, now: datetime) -> None:
        """While another lease is open, time goes on as it went."""
        awaited = self.state is SessionState.AWAITING_CHECK
        self.lease_ms = min(max(lease_ms, self.lease_ms or 0), self.duration_ms)
        if awaited:
            self.bank.resume(now)
            self.batch.anchored_at, self.batch.bank_ms = self.bank.anchored_at, self.bank.saved_ms
        self._go_on(now)

    def _end(self, ending: Ending, at: datetime, check_id: str | None = None) -> None:
        self._publish_batch()
        self.ending, self.ended_at = ending, at
        self.record(event_factory.session_ended(self, ending, at, check_id))
        self._set_wake()

    def _refusal_of(self, report: Report, now: datetime) -> RefusalReason | None:
        if self.ending:
            return REFUSED_AFTER.get(self.ending, RefusalReason.ENDED)
        if self.state is not SessionState.PLAYING:
            return RefusalReason.CHECK_PENDING
        if report.number != self.reports + 1:
            return RefusalReason.OUT_OF_ORDER
        if not report.is_possible(self.duration_ms):
            return RefusalReason.IMPOSSIBLE
        return self._cheat_of(report.within(self.duration_ms), now)

    def _cheat_of(self, report: Report, now: datetime) -> RefusalReason | None:
        if report.rate != 1:
            return RefusalReason.WRONG_RATE
        if report.from_ms > self.covered_ms:
            return RefusalReason.SEEK_AHEAD
        if report.length_ms - self._available_ms(now) > self._capacity_ms:
            return RefusalReason.TOO_FAST
        return None

    def _accept(self, report: Report, as_sent: Report, now: datetime) -> ReportOutcome:
        lease_ms = self.lease_ms or 0
        paid_ms = min(report.length_ms, self._available_ms(now), lease_ms - report.from_ms)
        before_ms, self.covered_ms = self.covered_ms, max(self.covered_ms, report.from_ms + paid_ms)
        credited_ms = self.covered_ms - before_ms
        self.batch.accept(report, self._received(now), paid_ms=paid_ms, credited_ms=credited_ms)
        self.bank.spend(paid_ms, now, self._capacity_ms)
        self.reports = report.number
        self._go_on(now)
        outcome = self._outcome(
            credited_ms=credited_ms,
            pending_ms=report.length_ms - paid_ms,
            position_ms=report.from_ms + paid_ms,
        )
        self.last_report = LastReport(report=as_sent, outcome=outcome)
        return outcome

    def _refuse(self, report: Report, reason: RefusalReason, now: datetime) -> ReportOutcome:
        """After the end only the first report is recorded, and published at once."""
        if self.ending is None or not self.late_report_recorded:
            self.batch.refuse(report, self._received(now), reason)
        if self.ending and not self.late_report_recorded:
            self.late_report_recorded = True
            self._publish_batch()
        return self._outcome(credited_ms=0, pending_ms=0, position_ms=self.covered_ms, refusal=reason)

    def _outcome(
        self, *, credited_ms: int, pending_ms: int, position_ms: int, refusal: RefusalReason | None = None
    ) -> ReportOutcome:
        return ReportOutcome(
            credited_ms=credited_ms,
            pending_ms=pending_ms,
            covered_ms=self.covered_ms,
            position_ms=position_ms,
            next_report=self.reports + 1,
            state=self.state,
            refusal=refusal,
        )

    def _go_on(self, now: datetime) -> None:
        """What follows from the coverage: the lesson's video is done, a check is due, or nothing."""
        if is_watched(self.covered_ms, self.duration_ms, self.policy) and self.unforeseen_passed:
            self._end(Ending.COMPLETED, self._received(now))
        elif self.state is SessionState.AWAITING_CHECK:
            self._publish_batch()
            self.record(event_factory.check_due(self, self._received(now)))
        elif self.batch.is_due(now):
            self._publish_batch()
        self._set_wake()

    def _publish_batch(self) -> None:
        if self.batch.is_empty:
            return
        self.record(event_factory.playback_recorded(self, self.batch))
        self.batch = Batch(
            number=self.batch.number + 1,
            anchored_at=self.bank.anchored_at,
            bank_ms=self.bank.saved_ms,
        )

    def _set_wake(self) -> None:
        if self.ending:
            self.wake_at = None
        elif self.state is SessionState.PLAYING:
            self.wake_at = min(self.silent_at, self.closes_at)
        else:
            self.wake_at = self.closes_at

    def _available_ms(self, now: datetime) -> int:
        return self.bank.available_ms(now, self._capacity_ms)

    def _received(self, now: datetime) -> datetime:
        """`now`, unless the clock stepped back: arrivals never run backwards within a session."""
        return max(now, self.bank.anchored_at)

    @property
    def _capacity_ms(self) -> int:
        return self.policy.bank_s * 1000


REFUSED_AFTER = {
    Ending.SILENT: RefusalReason.SILENT,
    Ending.WINDOW_CLOSED: RefusalReason.WINDOW_CLOSED,
}

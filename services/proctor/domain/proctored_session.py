"""A play session under proctoring: its drawn schedule and its face checks (R17, R18)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from services.proctor.domain import event_factory
from services.proctor.domain.check import Check, CheckPolicy, CheckState
from services.proctor.domain.ids import join_id, split_id
from services.proctor.domain.jobs import RETAKEABLE, FaceOutcome
from services.proctor.domain.schedule import unforeseen_moment
from services.proctor.domain.streak import Streak
from shared.domain.aggregate import Aggregate
from shared.domain.errors import NotFound
from shared.events.learning import LessonEntered
from shared.events.proctor import JobDone, Moment


@dataclass(kw_only=True)
class ProctoredSession(Aggregate):
    """监看: its id is the play session's. The seed is passed in by who can unseal it."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    entered_at: datetime
    duration_ms: int
    covered_ms: int  # credited when the session began
    reached_ms: int  # credited now
    draws_unforeseen: bool  # False: passed in an earlier session
    sealed_seed: str  # with the person's key
    policy: CheckPolicy
    earlier_streak: Streak = field(default_factory=Streak)  # from the sessions before this one
    checks: list[Check] = field(default_factory=list)
    over: bool = False
    wake_at: datetime | None = None  # when time alone changes something

    @classmethod
    def of_entry(cls, entered: LessonEntered, *, sealed_seed: str, earlier_streak: Streak) -> Self:
        """The session that began when its learner entered the lesson, not open yet."""
        return cls(
            id=entered.session_id,
            enrollment_id=entered.enrollment_id,
            person_id=entered.person_id,
            lesson_id=entered.lesson_id,
            entered_at=entered.published.time,
            duration_ms=entered.duration_ms,
            covered_ms=entered.covered_ms,
            reached_ms=entered.covered_ms,
            draws_unforeseen=not entered.unforeseen_check_passed,
            sealed_seed=sealed_seed,
            policy=CheckPolicy.of_entry(entered),
            earlier_streak=earlier_streak,
        )

    @property
    def open_jobs(self) -> dict[str, datetime]:
        """Jobs without an answer, each with a time before which it was not queued."""
        examining = [check for check in self.checks if check.state is CheckState.EXAMINING]
        return {check.job_id: self.entered_at for check in examining}

    @property
    def streak(self) -> Streak:
        """Failures in a row up to now."""
        streak = self.earlier_streak
        for check in self.checks:
            streak = streak.after(check)
        return streak

    def open(self, seed: bytes, now: datetime) -> None:
        """抽签 and the start check; during a cool-down that one waits (R17, R18)."""
        self.record(event_factory.schedule_drawn(self, seed))
        cools_until = self.earlier_streak.cools_until(self.policy)
        if cools_until is not None and cools_until > now:
            self._add(Moment.START, CheckState.COOLING).opens_at = cools_until
        else:
            self._request(self._add(Moment.START, CheckState.REQUESTED), now)
        self._set_wake()

    def follow(self, covered_ms: int, seed: bytes, now: datetime) -> None:
        """Credit grew: the unforeseen check falls due at its moment."""
        self.reached_ms = max(self.reached_ms, covered_ms)
        self._request_unforeseen_when_due(seed, now)
        self._set_wake()

    def answer(self, check_id: str, frame_key: str, reference_key: str, now: datetime) -> Check:
        """作答: the worker compares the frame. Raises NotFound, CheckNotOpen, CheckExamining, CheckClosed."""
        check = self.check(check_id)
        check.take(frame_key, now)
        self.record(event_factory.frame_queued(self, check, reference_key))
        self._set_wake()
        return check

    def conclude(self, done: JobDone, seed: bytes, now: datetime) -> None:
        """核验结论; an answer to anything but the frame sent last changes nothing."""
        check = self.check(split_id(done.job_id)[0])
        if check.state is not CheckState.EXAMINING or done.job_id != check.job_id:
            return
        if done.outcome == FaceOutcome.MATCH:
            self._pass(check, done, seed, now)
        elif done.outcome in RETAKEABLE and not self.over and check.may_retake(now):
            check.state, check.reason = CheckState.REQUESTED, done.outcome
        else:
            self._fail(check, done.outcome, done, now)
        self._set_wake()

    def elapse(self, now: datetime) -> None:
        """时间到: a cool-down is over, or a check was missed."""
        for check in self.checks:
            if check.state is CheckState.COOLING and check.opens_at is not None and check.opens_at <= now:
                self._request(check, now)
            elif check.missed(now):
                self._fail(check, "missed", None, now)
        self._set_wake()

    def close(self, seed: bytes, now: datetime) -> None:
        """散场: what nobody answered is cancelled, and the seed revealed. A frame in hand is still judged."""
        if self.over:
            return
        self.over = True
        for check in self.checks:
            if check.pending and check.state is not CheckState.EXAMINING:
                check.conclude(CheckState.CANCELLED, None, now)
        unforeseen_at_ms = self.unforeseen_at(seed) if self.draws_unforeseen else None
        self.record(event_factory.schedule_revealed(self, seed, unforeseen_at_ms))
        self._set_wake()

    def check(self, check_id: str) -> Check:
        """Raises NotFound."""
        for check in self.checks:
            if check.id == check_id:
                return check
        raise NotFound(what="Check")

    def unforeseen_at(self, seed: bytes) -> int:
        """The moment of the unforeseen check, in ms of credited video."""
        return unforeseen_moment(seed, self.id, self.covered_ms, self.duration_ms)

    def _add(self, moment: Moment, state: CheckState) -> Check:
        check = Check(id=join_id(self.id, moment.value), moment=moment, state=state)
        self.checks.append(check)
        return check

    def _request(self, check: Check, now: datetime) -> None:
        deadline = check.request(self.policy.deadline_s, now)
        self.record(event_factory.check_requested(self, check, deadline))

    def _request_unforeseen_when_due(self, seed: bytes, now: datetime) -> None:
        passed = all(check.state is CheckState.PASSED for check in self.checks)
        asked = any(check.moment is Moment.UNFORESEEN for check in self.checks)
        if self.over or asked or not passed or not self.draws_unforeseen:
            return
        if self.reached_ms >= self.unforeseen_at(seed):
            self._request(self._add(Moment.UNFORESEEN, CheckState.REQUESTED), now)

    def _pass(self, check: Check, done: JobDone, seed: bytes, now: datetime) -> None:
        check.conclude(CheckState.PASSED, None, now)
        self.record(event_factory.check_passed(self, check, done))
        self._request_unforeseen_when_due(seed, now)  # nothing may be left to cover

    def _fail(self, check: Check, reason: str, done: JobDone | None, now: datetime) -> None:
        check.conclude(CheckState.FAILED, reason, now)
        self.record(event_factory.check_failed(self, check, reason, done))
        if self.streak.cools_until(self.policy) is not None:
            self.record(event_factory.review_requested(self, self.streak.failures))

    def _set_wake(self) -> None:
        self.wake_at = min((at for check in self.checks if (at := check.wakes_at) is not None), default=None)

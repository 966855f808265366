"""The watch over one play session: its drawn schedule and its face checks (R17, R18)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.proctor.domain.check import Check, CheckPolicy, CheckState
from services.proctor.domain.jobs import RETAKEABLE, Outcome, evidence_of, job_id, part_of
from services.proctor.domain.schedule import seed_hash, unforeseen_moment
from shared.domain.aggregate import Aggregate
from shared.domain.errors import NotFound
from shared.events.proctor import (
    Evidence,
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    JobDone,
    JobKind,
    JobQueued,
    Moment,
    ReviewRequested,
    ScheduleDrawn,
    ScheduleRevealed,
)


@dataclass(frozen=True, kw_only=True)
class Streak:
    """Failed checks in a row of one learner in one lesson, over its sessions."""

    failures: int = 0
    failed_at: datetime | None = None

    def after(self, check: Check) -> "Streak":
        """A pass ends the streak, a failure lengthens it."""
        if check.state is CheckState.PASSED:
            return Streak()
        if check.state is CheckState.FAILED:
            return Streak(failures=self.failures + 1, failed_at=check.concluded_at)
        return self

    def cools_until(self, policy: CheckPolicy) -> datetime | None:
        """冷却至: each time that `attempts` failures have come together (R18)."""
        if self.failed_at is None or self.failures % policy.attempts:
            return None
        return self.failed_at + timedelta(seconds=policy.cooldown_s)


@dataclass(kw_only=True)
class Watch(Aggregate):
    """监看: its id is the session's. The seed is passed in by who can unseal it."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    entered_at: datetime
    duration_ms: int
    covered_ms: int  # credited when the session began
    reached_ms: int  # credited now
    draws_unforeseen: bool  # False: passed in an earlier session
    sealed_seed: str  # with the person's key, context "seed/<session id>"
    policy: CheckPolicy
    before: Streak = field(default_factory=Streak)
    checks: list[Check] = field(default_factory=list)
    over: bool = False
    wake_at: datetime | None = None  # when time alone changes something

    def open(self, seed: bytes, now: datetime) -> None:
        """抽签 and the start check; during a cool-down that one waits (R17, R18)."""
        self.record(
            ScheduleDrawn(
                session_id=self.id,
                enrollment_id=self.enrollment_id,
                lesson_id=self.lesson_id,
                seed_hash=seed_hash(seed),
            )
        )
        cools_until = self.before.cools_until(self.policy)
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

    def answer(self, check_id: str, frame_key: str, reference_key: str, now: datetime) -> None:
        """作答: the worker compares the frame. Raises NotFound, CheckNotOpen, CheckExamining, CheckClosed."""
        check = self.check(check_id)
        check.take(frame_key, now)
        self.record(
            JobQueued(
                job_id=job_id(check_id, str(len(check.frame_keys))),
                kind=JobKind.CHECK,
                owner=self.person_id,
                frame_keys=[frame_key],
                reference_key=reference_key,
            )
        )
        self._set_wake()

    def conclude(self, done: JobDone, seed: bytes, now: datetime) -> None:
        """核验结论; an answer to anything but the frame in hand changes nothing."""
        check_id, number = part_of(done.job_id)
        check = self.check(check_id)
        if check.state is not CheckState.EXAMINING or number != str(len(check.frame_keys)):
            return
        if done.outcome == Outcome.MATCH:
            self._pass(check, evidence_of(done, check.frame_keys), seed, now)
        elif done.outcome in RETAKEABLE and not self.over and check.may_retake(now):
            check.state, check.reason = CheckState.REQUESTED, done.outcome
        else:
            self._fail(check, done.outcome, evidence_of(done, check.frame_keys), now)
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
        self.record(
            ScheduleRevealed(
                session_id=self.id,
                enrollment_id=self.enrollment_id,
                seed=seed.hex(),
                unforeseen_at_ms=self.unforeseen_at(seed) if self.draws_unforeseen else None,
            )
        )
        self._set_wake()

    def check(self, check_id: str) -> Check:
        """Raises NotFound."""
        for each in self.checks:
            if each.id == check_id:
                return each
        raise NotFound(what="Check")

    def unforeseen_at(self, seed: bytes) -> int:
        """The moment of the unforeseen check, in ms of credited video."""
        return unforeseen_moment(seed, self.id, self.covered_ms, self.duration_ms)

    @property
    def streak(self) -> Streak:
        """Failures in a row up to now."""
        streak = self.before
        for check in self.checks:
            streak = streak.after(check)
        return streak

    def _add(self, moment: Moment, state: CheckState) -> Check:
        check = Check(id=job_id(self.id, moment.value), moment=moment, state=state)
        self.checks.append(check)
        return check

    def _request(self, check: Check, now: datetime) -> None:
        check.request(self.policy.deadline_s, now)
        assert check.deadline is not None
        self.record(FaceCheckRequested(deadline=check.deadline, **self._of(check)))

    def _request_unforeseen_when_due(self, seed: bytes, now: datetime) -> None:
        settled = all(check.state is CheckState.PASSED for check in self.checks)
        asked = any(check.moment is Moment.UNFORESEEN for check in self.checks)
        if self.over or asked or not settled or not self.draws_unforeseen:
            return
        if self.reached_ms >= self.unforeseen_at(seed):
            self._request(self._add(Moment.UNFORESEEN, CheckState.REQUESTED), now)

    def _pass(self, check: Check, evidence: Evidence, seed: bytes, now: datetime) -> None:
        check.conclude(CheckState.PASSED, None, now)
        self.record(FaceCheckPassed(evidence=evidence, **self._of(check)))
        self._request_unforeseen_when_due(seed, now)  # nothing may be left to cover

    def _fail(self, check: Check, reason: str, evidence: Evidence | None, now: datetime) -> None:
        check.conclude(CheckState.FAILED, reason, now)
        self.record(FaceCheckFailed(reason=reason, evidence=evidence, **self._of(check)))
        if self.streak.cools_until(self.policy) is not None:
            self.record(
                ReviewRequested(
                    enrollment_id=self.enrollment_id,
                    person_id=self.person_id,
                    lesson_id=self.lesson_id,
                    session_id=self.id,
                    failures=self.streak.failures,
                )
            )

    def _of(self, check: Check) -> dict[str, Any]:
        return {
            "check_id": check.id,
            "session_id": self.id,
            "enrollment_id": self.enrollment_id,
            "person_id": self.person_id,
            "lesson_id": self.lesson_id,
            "moment": check.moment,
        }

    def _set_wake(self) -> None:
        self.wake_at = min((at for check in self.checks if (at := check.wakes_at) is not None), default=None)

"""A play session under proctoring: its drawn schedule, its face checks and their leases (R17, R18)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from services.proctor.domain import event_factory
from services.proctor.domain.check import Check, CheckPolicy, CheckState
from services.proctor.domain.ids import join_id, split_id
from services.proctor.domain.jobs import RETAKEABLE, FaceOutcome
from services.proctor.domain.schedule import seed_hash, unforeseen_moment
from services.proctor.domain.streak import Streak
from shared.domain.aggregate import Aggregate
from shared.domain.errors import NotFound
from shared.events.learning import Ending, LessonEntered, ScheduleMixed
from shared.events.proctor import JobDone, Moment

EXCUSED = frozenset({Ending.WINDOW_CLOSED, Ending.STOPPED})  # endings by which no learner leaves a check
SealLease = Callable[[str, int], str]  # of a check's id and the ms of video up to which credit may run


@dataclass(kw_only=True)
class ProctoredSession(Aggregate):
    """监看: its id is the play session's. The seed is passed in by who can unseal it.

    drawn → mixed: start check → lease → due: unforeseen check → lease → over. Before learning's value has
    come, nothing is asked, and nobody knows the moment of the unforeseen check.
    """

    enrollment_id: str
    person_id: str
    lesson_id: str
    turn: int  # 1, 2, 3 … of the person's sessions
    entered_at: datetime
    duration_ms: int
    covered_ms: int  # credited when the session began
    draws_unforeseen: bool  # False: passed in an earlier session
    sealed_seed: str  # with the person's key
    policy: CheckPolicy
    value: str | None = None  # learning's, hexadecimal; None: not mixed yet
    earlier_streak: Streak = field(default_factory=Streak)  # from the person's sessions before this one
    checks: list[Check] = field(default_factory=list)
    over: bool = False
    wake_at: datetime | None = None  # when time alone changes something

    @classmethod
    def draw(cls, entered: LessonEntered, *, seed: bytes, sealed_seed: str) -> Self:
        """抽签: the learner entered a lesson, and the seed of its checks is drawn and promised (R17)."""
        session = cls(
            id=entered.session_id,
            enrollment_id=entered.enrollment_id,
            person_id=entered.person_id,
            lesson_id=entered.lesson_id,
            turn=entered.turn,
            entered_at=entered.published.time,
            duration_ms=entered.duration_ms,
            covered_ms=entered.covered_ms,
            draws_unforeseen=not entered.unforeseen_check_passed,
            sealed_seed=sealed_seed,
            policy=CheckPolicy.of_entry(entered),
        )
        session.record(event_factory.schedule_drawn(session, seed))
        return session

    @property
    def open_jobs(self) -> dict[str, datetime]:
        """Jobs without an answer, each with a time before which it was not queued."""
        examining = [check for check in self.checks if check.state is CheckState.EXAMINING]
        return {check.job_id: self.entered_at for check in examining}

    @property
    def streak(self) -> Streak:
        """The person's failures in a row up to now."""
        streak = self.earlier_streak
        for check in self.checks:
            streak = streak.after(check, self.policy)
        return streak

    def mix(self, mixed: ScheduleMixed, seed: bytes, earlier_streak: Streak, now: datetime) -> bool:
        """抽签应答: the start check is requested; during a cool-down it waits (R17, R18).

        False, and nothing changed: over, mixed before, or an answer to another commitment.
        """
        if self.over or self.value is not None or mixed.seed_hash != seed_hash(seed):
            return False
        self.value, self.earlier_streak = mixed.value, earlier_streak
        cools_until = earlier_streak.cools_until(self.policy)
        if cools_until is not None and cools_until > now:
            self._add(Moment.START, CheckState.COOLING).opens_at = cools_until
        else:
            self._request(self._add(Moment.START, CheckState.REQUESTED), now)
        self._set_wake()
        return True

    def count_from(self, earlier_streak: Streak) -> None:
        """A frame of an earlier session was judged only now: failures are counted on from there (R18)."""
        self.earlier_streak = earlier_streak

    def request_unforeseen(self, covered_ms: int, seed: bytes, now: datetime) -> bool:
        """应核验: the first lease is used up, so the unforeseen check is requested (R17).

        False, and nothing changed: none is drawn, its moment is not reached, it was asked, or all is over.
        """
        moment = self.unforeseen_at(seed)
        if self.over or moment is None or covered_ms < moment:
            return False
        if [check.state for check in self.checks] != [CheckState.PASSED]:  # of the start check alone
            return False
        self._request(self._add(Moment.UNFORESEEN, CheckState.REQUESTED), now)
        self._set_wake()
        return True

    def answer(self, check_id: str, frame_key: str, reference_key: str, now: datetime) -> Check:
        """作答: the worker compares the frame. Raises NotFound, CheckNotOpen, CheckExamining, CheckClosed."""
        check = self.check(check_id)
        check.take(frame_key, now)
        self.record(event_factory.frame_queued(self, check, reference_key))
        self._set_wake()
        return check

    def conclude(self, done: JobDone, seed: bytes, seal: SealLease, now: datetime) -> None:
        """核验结论; an answer to anything but the frame sent last changes nothing."""
        check = self.check(split_id(done.job_id)[0])
        if check.state is not CheckState.EXAMINING or done.job_id != check.job_id:
            return
        if done.outcome == FaceOutcome.MATCH:
            check.conclude(CheckState.PASSED, None, now)
            lease = seal(check.id, self._lease_until(check, seed))
            self.record(event_factory.check_passed(self, check, done, lease))
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

    def close(self, seed: bytes, ending: Ending, now: datetime) -> None:
        """播放结束: a check that was asked for and left counts as missed (R18); the seed is revealed (R17).

        A frame in hand is still judged.
        """
        if self.over:
            return
        self.over = True
        for check in self.checks:
            if check.state is CheckState.REQUESTED and ending not in EXCUSED:
                self._fail(check, "missed" if check.missed(now) else "left", None, now)
            elif check.state in (CheckState.REQUESTED, CheckState.COOLING):
                check.conclude(CheckState.CANCELLED, None, now)
        self.record(event_factory.schedule_revealed(self, seed, self.unforeseen_at(seed)))
        self._set_wake()

    def check(self, check_id: str) -> Check:
        """Raises NotFound."""
        for check in self.checks:
            if check.id == check_id:
                return check
        raise NotFound(what="Check")

    def unforeseen_at(self, seed: bytes) -> int | None:
        """The moment of the unforeseen check, in ms of credited video; None: not drawn, or not mixed yet."""
        if not self.draws_unforeseen or self.value is None:
            return None
        return unforeseen_moment(seed, self.value, self.id, self.covered_ms, self.duration_ms)

    def _lease_until(self, passed: Check, seed: bytes) -> int:
        """How far credit may run now, in ms of the lesson's video: to the next check, or to the end (R17)."""
        moment = self.unforeseen_at(seed) if passed.moment is Moment.START else None
        return self.duration_ms if moment is None else moment

    def _add(self, moment: Moment, state: CheckState) -> Check:
        check = Check(id=join_id(self.id, moment.value), moment=moment, state=state)
        self.checks.append(check)
        return check

    def _request(self, check: Check, now: datetime) -> None:
        deadline = check.request(self.policy.deadline_s, now)
        self.record(event_factory.check_requested(self, check, deadline))

    def _fail(self, check: Check, reason: str, done: JobDone | None, now: datetime) -> None:
        check.conclude(CheckState.FAILED, reason, now)
        self.record(event_factory.check_failed(self, check, reason, done))
        if self.streak.exhausts(self.policy):
            self.record(event_factory.review_requested(self, self.streak.failures))

    def _set_wake(self) -> None:
        self.wake_at = min((at for check in self.checks if (at := check.wakes_at) is not None), default=None)

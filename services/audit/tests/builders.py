"""A small world that publishes events as the services do, with clocks of its own."""

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from services.audit.tests.office import certificate_number, findings
from shared.events.base import Event, Meta, producer_of
from shared.events.certificate import (
    CertificateIssued,
    HoursAudited,
    HoursConfirmed,
    HoursReported,
    ProvinceApproved,
    ProvinceRejected,
    Verdict,
)
from shared.events.enrollment import (
    AppealDecided,
    CaseConfirmed,
    CaseDismissed,
    DeclarationApproved,
    DeclarationSubmitted,
    DeclarationWithdrawn,
    EnrollmentAdvanced,
    EnrollmentBarred,
    EnrollmentExpired,
    EnrollmentReinstated,
    EnrollmentResumed,
    EnrollmentSuspended,
    ExtensionCause,
    LearningOpened,
    PlanPublished,
    WindowExtended,
)
from shared.events.envelope import encode
from shared.events.learning import (
    CheckDue,
    CoursePublished,
    Ending,
    LessonCompleted,
    LessonEntered,
    LessonSummary,
    PlaybackRecorded,
    QuizAnswered,
    ReportRecord,
    ScheduleMixed,
    SessionEnded,
    StudyCompleted,
)
from shared.events.payment import PaymentConfirmed
from shared.events.proctor import (
    ConsentGiven,
    ConsentWithdrawn,
    Evidence,
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    IdentityRefused,
    IdentityVerified,
    JobDone,
    JobKind,
    JobQueued,
    Moment,
    ScheduleDrawn,
    ScheduleRevealed,
)
from shared.events.terms import Channel, LessonKind, LicenceCategory, StudyPolicy

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
POLICY = StudyPolicy(hour_seconds=15, compulsory_hours=1, elective_hours=1, report_period_s=3)
LESSONS = {"lesson-c": LessonKind.COMPULSORY, "lesson-e": LessonKind.ELECTIVE}
DURATION_MS = 15_000
QUESTIONS = 2
MILLISECOND = timedelta(milliseconds=1)
BATCH_AGE = timedelta(minutes=5)
FEE_FEN = 60_000


@dataclass
class Play:
    """The session that plays: what learning keeps of it."""

    id: str
    lesson: str
    entered: LessonEntered
    seed: bytes
    value: str
    covered: int
    moment: int | None  # of the unforeseen check
    unforeseen_passed: bool
    anchor: datetime
    anchored: datetime
    bank: int = 0
    carried: int = 0
    lease: int | None = None
    reports: int = 0
    batches: int = 0
    batch: list[ReportRecord] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)  # that were sent for the check that is asked


class World:
    """One person's study. Times advance only by its steps.

    `random`: clocks differ by up to 2 s between services, and events reach the log up to 60 s late;
    None: neither.
    """

    def __init__(
        self,
        person: str = "person-1",
        enrollment: str = "enrollment-1",
        *,
        policy: StudyPolicy = POLICY,
        lessons: dict[str, LessonKind] | None = None,
        duration_ms: int = DURATION_MS,
        random: Random | None = None,
        number: str = "1",
    ) -> None:
        self.course_id, self.plan_id = f"course-{number}", f"plan-{number}"
        self.person, self.enrollment, self.policy, self.random = person, enrollment, policy, random
        self.lessons, self.duration = lessons or LESSONS, duration_ms
        self.now = START
        self._log: list[tuple[datetime, int, Event]] = []
        self._sequences: Counter[tuple[str, str]] = Counter()
        self._skews = {
            source: timedelta(milliseconds=random.randint(-1000, 1000) if random else 0)
            for source in ("enrollment", "payment", "learning", "proctor", "certificate")
        }
        self._sessions = 0
        self.turns, self.closes_at = count(1), START
        self.play_session: Play | None = None
        self.covered = dict.fromkeys(self.lessons, 0)
        self.checks: dict[str, list[FaceCheckPassed]] = {lesson: [] for lesson in self.lessons}
        self.answered: dict[str, set[str]] = {lesson: set() for lesson in self.lessons}
        self.completed: dict[str, LessonCompleted] = {}
        self.started_at: datetime | None = None
        self.study_event: StudyCompleted | None = None
        self._where_of: dict[str, tuple[dict[str, Any], int, int]] = {}  # sessions that ended
        self.asking = Moment.START
        self.failures: list[Moment] = []  # of face checks, in a row
        self.cases, self.barred = 0, False

    def share(self, other: "World") -> "World":
        """The person is the other's too: one time and one set of clocks."""
        self._skews, self.now, self.turns = other._skews, other.now, other.turns
        return self

    def fail_over(self) -> None:
        """Another machine with another clock answers for a service from now on."""
        assert self.random
        self._skews[self.random.choice(list(self._skews))] = timedelta(
            milliseconds=self.random.randint(-1000, 1000)
        )

    # ---- the log ----

    @property
    def events(self) -> list[Event]:
        """The log, in the order in which it heard of them."""
        return [event for _, event in self.log()]

    def log(self) -> list[tuple[datetime, Event]]:
        """The same, each event with the time at which the log heard of it."""
        heard = sorted(self._log, key=lambda entry: entry[:2])
        return [(at, event) for at, _, event in heard]

    def bodies(self) -> list[bytes]:
        """The envelopes as they are published."""
        return [encode(event).encode() for event in self.events]

    def publish(self, event: Event, subject: str, at: datetime | None = None) -> Event:
        source = producer_of(type(event))
        self._sequences[source, subject] += 1
        sequence = self._sequences[source, subject]
        time = (at or self.now) + self._skews[source]
        meta = Meta(
            id=hashlib.sha256(f"{source}/{subject}/{sequence}/{self.enrollment}".encode()).hexdigest()[:32],
            source=source, type=event.TYPE, subject=subject, sequence=sequence, time=time,
            traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
        )  # fmt: skip
        published = replace(event, meta=meta)
        transit = self.random.choice((0, 0, 0, 500, 60_000)) if self.random else 0
        delay = timedelta(milliseconds=self.random.randint(0, transit) if self.random else 0)
        self._log.append((time + delay, len(self._log), published))
        return published

    # ---- the office ----

    def open(self) -> "World":
        """Everything before the first lesson: course, plan, declaration, fee, consent and identity."""
        return self.enrol().wait(5_000).consent().verify()

    def enrol(self, days: int = 90) -> "World":
        """开通学习: from the plan to the opening."""
        lessons = [
            LessonSummary(
                lesson_id=id, title=id, kind=kind, duration_ms=self.duration, video_sha256="0" * 64,
                questions=QUESTIONS,
            )
            for id, kind in self.lessons.items()
        ]  # fmt: skip
        course = CoursePublished(
            course_id=self.course_id, title="课", organisation="武汉", specialty="土木", lessons=lessons
        )
        self.publish(course, self.course_id)
        closes_at = self.closes_at = self.now + timedelta(days=days)
        self.publish(
            PlanPublished(
                plan_id=self.plan_id, organisation="武汉", batch="一", category=LicenceCategory.LEVEL_TWO,
                specialty="土木", course_id=self.course_id, seats=50, fee_fen=FEE_FEN,
                registration_from=START, registration_until=closes_at, class_opens_at=START,
                policy=self.policy,
            ),
            self.plan_id,
        )  # fmt: skip
        self.declare().wait(3_000).pay().wait(3_000)
        self.publish(DeclarationApproved(**self.ids, reviewer_id="staff-1"), self.enrollment)
        self.wait(1_000)
        opened = LearningOpened(
            **self.ids, plan_id=self.plan_id, course_id=self.course_id, specialty="土木", opened_at=START,
            closes_at=closes_at, policy=self.policy,
        )  # fmt: skip
        self.publish(opened, self.enrollment)
        return self

    def declare(self) -> "World":
        declared = DeclarationSubmitted(
            **self.ids, plan_id=self.plan_id, organisation="武汉", batch="一",
            category=LicenceCategory.LEVEL_TWO, specialty="土木", fee_fen=FEE_FEN, photo_id="photo-1",
            personal="sealed",
        )  # fmt: skip
        self.publish(declared, self.enrollment)
        return self

    def pay(self) -> "World":
        paid = PaymentConfirmed(
            order_id=f"order-{self.enrollment}", **self.ids, amount_fen=FEE_FEN, channel=Channel.WECHAT,
            transaction_id="t1", paid_at=self.now,
        )  # fmt: skip
        self.publish(paid, paid.order_id)
        return self

    def consent(self) -> "World":
        self.publish(ConsentGiven(person_id=self.person, text_version="1"), self.person)
        return self.wait(2_000)

    @property
    def consents(self) -> bool:
        """Whether there is a consent."""
        steps = [event for _, _, event in self._log if isinstance(event, ConsentGiven | ConsentWithdrawn)]
        return bool(steps) and isinstance(steps[-1], ConsentGiven)

    def revoke(self) -> "World":
        self.publish(ConsentWithdrawn(person_id=self.person), self.person)
        return self.wait(2_000)

    def verify(self, outcome: str = "match") -> "World":
        """实名认证: pictures, the worker's answer, the decision."""
        id = f"v{self._sequences['proctor', self.person]}"
        keys = [f"persons/{self.person}/verifications/{id}/{name}" for name in ("frontal", "0-000", "0-001")]
        reference = f"persons/{self.person}/declared/{self.enrollment}.jpg"
        job = JobQueued(
            job_id=f"{self.person}-{id}", kind=JobKind.LIVENESS, owner=self.person, frame_keys=keys,
            reference_key=reference, prompts=["blink", "nod", "turn_left"],
        )  # fmt: skip
        self.publish(job, self.person)
        evidence = self.judge(job, keys, outcome)
        made = IdentityVerified if outcome == "match" else IdentityRefused
        self.publish(made(person_id=self.person, verification_id=id, evidence=evidence), self.person)
        return self.wait(2_000)

    def judge(self, job: JobQueued, keys: list[str], outcome: str = "match", ms: int = 300) -> Evidence:
        """What the face worker answers."""
        self.wait(ms)
        distance = 0.3 if outcome == "match" else 1.4
        evidence = Evidence(
            outcome=outcome, distance=distance, threshold=0.6, model="dlib", model_version="0" * 64,
            liveness={"blink": 1} if job.prompts else {}, object_keys=keys,
        )  # fmt: skip
        figures = {"distance": distance, "threshold": 0.6}
        done = JobDone(
            job_id=job.job_id, kind=job.kind, outcome=outcome, figures=figures, model="dlib",
            model_version="0" * 64,
        )  # fmt: skip
        self.publish(done, f"answer-{job.job_id}")
        self.wait(100)
        return evidence

    # ---- a session ----

    def enter(self, lesson: str, start_check: bool = True) -> "World":
        """进入课程, after the session before has ended; then the draw, and the start check."""
        if self.play_session:
            self.end(Ending.SUPERSEDED)
        self._sessions += 1
        id = f"{self.enrollment}-s{self._sessions}"
        passed = any(check.moment is Moment.UNFORESEEN for check in self.checks[lesson])
        entered = LessonEntered(
            **self.ids, lesson_id=lesson, session_id=id, duration_ms=self.duration,
            covered_ms=self.covered[lesson], unforeseen_check_passed=passed,
            check_deadline_s=self.policy.check_deadline_s, check_attempts=self.policy.check_attempts,
            cooldown_s=self.policy.cooldown_s, turn=next(self.turns),
        )  # fmt: skip
        self.started_at = self.started_at or self.learning_now
        self.publish(entered, id)
        seed = hashlib.sha256(f"seed {id}".encode()).digest()
        value = hashlib.sha256(f"value {id}".encode()).hexdigest()
        moment = None if passed else moment_of(seed, value, entered)
        now = self.learning_now
        self.play_session = Play(
            id, lesson, entered, seed, value, entered.covered_ms, moment, passed, now, now
        )
        self.wait(40)
        return self.draw().ask(Moment.START).answer() if start_check else self

    @property
    def session(self) -> Play:
        assert self.play_session, "no session plays"
        return self.play_session

    def start_nothing(self) -> "World":
        """A session that was never created, since its process died: nothing but the study knows of it."""
        if self.play_session:
            self.end(Ending.SUPERSEDED)
        self.started_at, _ = self.started_at or self.learning_now, next(self.turns)
        return self.wait(5_000)

    def is_checked(self, lesson: str) -> bool:
        """Whether both checks of a lesson were passed."""
        return {check.moment for check in self.checks[lesson]} == set(Moment)

    def draw(self) -> "World":
        play = self.session
        hash = hashlib.sha256(play.seed).hexdigest()
        drawn = ScheduleDrawn(
            session_id=play.id, enrollment_id=self.enrollment, lesson_id=play.lesson, seed_hash=hash
        )
        self.publish(drawn, play.id)
        self.wait(40)
        self.publish(ScheduleMixed(**self.where(), seed_hash=hash, value=play.value), play.id)
        return self.wait(40)

    def ask(self, moment: Moment, patient: bool = True) -> "World":
        """A check is asked for; after three failures in a row the start check waits for the cool-down."""
        play = self.session
        cools = self.failures and len(self.failures) % self.policy.check_attempts == 0
        if patient and moment is Moment.START and cools:
            self.wait(self.policy.cooldown_s * 1000)
        deadline = self.now + self._skews["proctor"] + timedelta(seconds=self.policy.check_deadline_s)
        self.publish(FaceCheckRequested(**self.check(moment), deadline=deadline), play.id)
        self.asking = moment
        return self

    def retake(self) -> "World":
        """A picture in which no face can be seen; another may be sent."""
        self.wait(700)
        self.judge(self._picture(), [], "no_face")
        return self

    def answer(
        self, after_ms: int = 700, outcome: str = "match", judged_ms: int = 300, heard_ms: int | None = 0
    ) -> "World":
        """A picture, the worker's answer, the decision; learning hears of it `heard_ms` later, or never."""
        play, moment = self.session, self.asking
        self.wait(after_ms)
        job = self._picture()
        evidence = self.judge(job, list(play.pictures), outcome, judged_ms)
        play.pictures.clear()
        if outcome != "match":
            return self.fail(outcome, evidence)
        passed = FaceCheckPassed(**self.check(moment), evidence=evidence, lease="sealed")
        at_start = moment is Moment.START
        self.failures = [each for each in self.failures if at_start and each is Moment.UNFORESEEN]
        published = self.publish(passed, play.id)
        assert isinstance(published, FaceCheckPassed)
        if heard_ms is None:
            return self
        self.wait(heard_ms)
        return self.hear(published)

    def _picture(self) -> JobQueued:
        play, check_id = self.session, self.check(self.asking)["check_id"]
        number = len(play.pictures) + 1
        play.pictures.append(f"persons/{self.person}/checks/{check_id}/{number}")
        job = JobQueued(
            job_id=f"{check_id}-{number}", kind=JobKind.CHECK, owner=self.person,
            frame_keys=play.pictures[-1:], reference_key=f"persons/{self.person}/reference/v1.jpg",
        )  # fmt: skip
        published = self.publish(job, play.id)
        assert isinstance(published, JobQueued)
        return published

    def hear(self, passed: FaceCheckPassed) -> "World":
        """Learning hears of a passed check: its lease opens."""
        play = self.session
        self.checks[play.lesson].append(passed)
        play.unforeseen_passed |= passed.moment is Moment.UNFORESEEN
        first = passed.moment is Moment.START and play.moment is not None
        play.lease = play.moment if first else self.duration
        play.anchor = play.anchored = max(self.learning_now, play.anchor)
        play.carried = play.bank
        return self._go_on()

    def fail(self, reason: str, evidence: Evidence | None = None) -> "World":
        failed = FaceCheckFailed(**self.check(self.asking), reason=reason, evidence=evidence)
        self.failures.append(self.asking)
        self.publish(failed, self.session.id)
        return self.wait(100).end(Ending.CHECK_FAILED, check_id=failed.check_id)

    def play(self, ms: int, took: int | None = None, rate: float = 1.0, skip: int = 0) -> "World":
        """A report of `ms` of video after `took` ms of time; nothing when no session plays."""
        self.wait(ms if took is None else took)
        if self.play_session is None:
            return self
        play, now = self.play_session, max(self.learning_now, self.play_session.anchor)
        begin = max(0, play.covered + skip)
        until = min(begin + ms, self.duration)
        waits = play.lease is None or play.covered >= play.lease
        if not waits and now - play.anchor > timedelta(seconds=self.policy.silence_s):
            return self.end(Ending.SILENT, at=play.anchor + timedelta(seconds=self.policy.silence_s))
        available = min(play.bank + (now - play.anchor) // MILLISECOND, self.policy.bank_s * 1000)
        if refusal := self._refusal(play, begin, until, rate, available, waits):
            return self._note(begin, until, rate, now, refusal=refusal)
        paid = min(until - begin, available, (play.lease or 0) - begin)
        before, play.covered = play.covered, max(play.covered, begin + paid)
        play.bank, play.anchor = available - paid, now
        play.reports += 1
        self._note(begin, until, rate, now, paid=paid, credited=play.covered - before)
        return self._go_on()

    def watch(self, step: int = 3_000) -> "World":
        """Play on until a check is due or the session has ended."""
        while (
            self.play_session and self.session.lease is not None and self.session.covered < self.session.lease
        ):
            self.play(min(step, self.duration))
        return self

    def late_report(self, id: str) -> "World":
        """A report that comes after its session ended: recorded, and refused."""
        where = self._where_of[id]
        record = self._record(0, 3_000, 1.0, self.learning_now, number=99, refusal="session_ended")
        batch = PlaybackRecorded(
            **where[0], batch=where[1] + 1, anchored_at=self.learning_now, bank_ms=0, reports=[record],
            refusals_left_out=0, covered_ms=where[2],
        )  # fmt: skip
        self.publish(batch, id)
        return self

    def check_now(self, **answer: Any) -> "World":
        """The unforeseen check, asked and answered."""
        return self.ask(Moment.UNFORESEEN).answer(**answer)

    def end(self, ending: Ending, at: datetime | None = None, check_id: str | None = None) -> "World":
        """播放结束: the rest of the reports, the end, and a little later the seed."""
        play = self.session
        self._flush()
        ended = SessionEnded(
            **self.where(), ending=ending, covered_ms=play.covered, reports=play.reports,
            ended_at=at or self.learning_now, check_id=check_id,
        )  # fmt: skip
        self.publish(ended, play.id)
        self._where_of[play.id] = (self.where(), play.batches, play.covered)
        self.covered[play.lesson], self.play_session = play.covered, None
        self.wait(60)
        revealed = ScheduleRevealed(
            session_id=play.id,
            enrollment_id=self.enrollment,
            seed=play.seed.hex(),
            unforeseen_at_ms=play.moment,
        )
        if self._sequences["proctor", play.id]:
            self.publish(revealed, play.id)
        return self._complete_when_ready(play.lesson)

    # ---- quiz, study, certificate ----

    def quiz(self, lesson: str) -> "World":
        """Every question once, the first one wrongly."""
        for number in range(QUESTIONS):
            self.answer_question(lesson, f"{lesson}-q{number}", correct=number > 0)
        return self

    def answer_question(self, lesson: str, question: str, correct: bool = True) -> "World":
        self.wait(1_000)
        self.answered[lesson].add(question)
        done = len(self.answered[lesson]) >= QUESTIONS
        answer = QuizAnswered(
            **self.ids, lesson_id=lesson, question_id=question, correct=correct, quiz_done=done
        )
        self.publish(answer, self.enrollment)
        return self._complete_when_ready(lesson)

    def study(self) -> "World":
        """The whole study of an honest learner, to the certificate."""
        self.open()
        for lesson in self.lessons:
            self.enter(lesson).watch().check_now().watch().quiz(lesson)
        return self.finish()

    def finish(self) -> "World":
        """From the verdict to the certificate."""
        return self.audit().report().certify()

    def audit(self, *verdicts: Verdict) -> "World":
        """学时审核: these verdicts, and at last a clean one."""
        assert self.study_event, "the study is not completed"
        self.wait(500).advance("active", "completed").wait(500)
        ids = [self.study_event.published.id]
        for verdict in (*verdicts, Verdict.CLEAN):
            clean = verdict is Verdict.CLEAN
            audited = HoursAudited(
                **self.ids, organisation="武汉", verdict=verdict, findings=findings(ids, clean),
                compulsory_hours=self.policy.compulsory_hours if clean else 0,
                elective_hours=self.policy.elective_hours if clean else 0,
            )  # fmt: skip
            self.publish(audited, self.enrollment)
            self.wait(500)
        self.advance("completed", "organisation_review")
        for _ in verdicts:
            self.advance("organisation_review", "organisation_review")
        return self

    def report(self) -> "World":
        """From the organisation to the province."""
        self.wait(90_000)
        self.publish(HoursConfirmed(**self.ids, confirmed_by="staff-1"), self.enrollment)
        self.wait(500).advance("organisation_review", "reportable").wait(90_000)
        self.publish(HoursReported(**self.ids), self.enrollment)
        return self.wait(500).advance("reportable", "province_review").wait(90_000)

    def reject(self) -> "World":
        """The province sends it back."""
        rejected = ProvinceRejected(**self.ids, rejected_by="province-1", reason="补正")
        self.publish(rejected, self.enrollment)
        return self.wait(500).advance("province_review", "organisation_review")

    def certify(self) -> "World":
        """The province approves, and the certificate is made."""
        enrolment = self.enrollment
        approved = ProvinceApproved(**self.ids, approved_by="province-1", approved_at=self.now)
        self.publish(approved, enrolment)
        self.wait(500)
        issued = CertificateIssued(
            **self.ids, number=certificate_number(enrolment, self.now), sha256="0" * 64, object_key="c.pdf",
            issued_at=approved.approved_at,
        )  # fmt: skip
        self.publish(issued, enrolment)
        return self.wait(500).advance("province_review", "certified")

    def advance(self, before: str, after: str) -> "World":
        self.publish(EnrollmentAdvanced(**self.ids, from_status=before, to_status=after), self.enrollment)
        return self

    def suspend(self, barred: bool = False) -> "World":
        """暂停学习: what plays ends once learning has heard of it."""
        self.cases += 1
        self.publish(EnrollmentSuspended(**self.ids, case_id=self.case_id), self.enrollment)
        self.wait(50_000)
        if self.play_session:
            self.end(Ending.STOPPED)
        self.barred = barred
        if barred:
            confirmed = CaseConfirmed(
                case_id=self.case_id, **self.ids, decided_by="staff-1", reason="挂机",
                barred_until=self.now + timedelta(days=180), appeal_until=self.now + timedelta(days=60),
            )  # fmt: skip
            self.publish(confirmed, self.case_id)
            self.publish(EnrollmentBarred(**self.ids, case_id=self.case_id), self.enrollment)
        return self.wait(600_000)

    def resume(self) -> "World":
        """恢复学习, with a later end of the study window: the case was dismissed, or the appeal won."""
        decided = {**self.ids, "case_id": self.case_id, "decided_by": "staff-2", "reason": "误判"}
        appeal = AppealDecided(**decided, won=True) if self.barred else CaseDismissed(**decided)
        self.publish(appeal, self.case_id)
        self.closes_at += timedelta(minutes=10)
        extended = WindowExtended(
            **self.ids, closes_at=self.closes_at, extended_ms=600_000, cause=ExtensionCause.SUSPENSION
        )
        self.publish(extended, self.enrollment)
        resumed = EnrollmentResumed(**self.ids, case_id=self.case_id, to_status="active")
        self.publish(resumed, self.enrollment)
        return self.wait(5_000)

    def expire(self) -> "World":
        """过期, and 恢复: an outage of ours becomes known after the window is over."""
        self.now = max(self.now, self.closes_at)
        self.publish(EnrollmentExpired(**self.ids, closed_at=self.closes_at), self.enrollment)
        self.wait(600_000)
        before, self.closes_at = self.closes_at, self.now + timedelta(days=90)
        extended = WindowExtended(
            **self.ids, closes_at=self.closes_at, extended_ms=(self.closes_at - before) // MILLISECOND,
            cause=ExtensionCause.OUTAGE, outage_ids=["outage-1"],
        )  # fmt: skip
        self.publish(extended, self.enrollment)
        self.publish(EnrollmentReinstated(**self.ids, to_status="active"), self.enrollment)
        return self.wait(5_000)

    def withdraw(self) -> "World":
        self.publish(DeclarationWithdrawn(**self.ids, reason="换单位", paid=True), self.enrollment)
        return self

    # ---- what the steps are made of ----

    @property
    def case_id(self) -> str:
        """The newest case."""
        return f"{self.enrollment}-case-{self.cases}"

    def wait(self, ms: int) -> "World":
        self.now += timedelta(milliseconds=ms)
        return self

    @property
    def learning_now(self) -> datetime:
        return self.now + self._skews["learning"]

    @property
    def ids(self) -> dict[str, str]:
        return {"enrollment_id": self.enrollment, "person_id": self.person}

    def where(self) -> dict[str, Any]:
        return {**self.ids, "lesson_id": self.session.lesson, "session_id": self.session.id}

    def check(self, moment: Moment) -> dict[str, Any]:
        return {**self.where(), "check_id": f"{self.session.id}-{moment}", "moment": moment}

    def _refusal(
        self, play: Play, begin: int, until: int, rate: float, available: int, waits: bool
    ) -> str | None:
        if waits:
            return "check_pending"
        if rate != 1:
            return "wrong_rate"
        if begin > play.covered:
            return "seek_ahead"
        if until - begin - available > self.policy.report_period_s * 1000:
            return "too_fast"
        return None

    def _note(
        self, begin: int, until: int, rate: float, now: datetime, paid: int = 0, credited: int = 0,
        refusal: str | None = None,
    ) -> "World":  # fmt: skip
        number = self.session.reports + (1 if refusal else 0)
        record = self._record(begin, until, rate, now, number, paid, credited, refusal)
        self.session.batch.append(record)
        return self

    def _record(
        self, begin: int, until: int, rate: float, now: datetime, number: int, paid: int = 0,
        credited: int = 0, refusal: str | None = None,
    ) -> ReportRecord:  # fmt: skip
        return ReportRecord(
            number=number, from_ms=begin, to_ms=until, rate=rate, received_at=now, paid_ms=paid,
            credited_ms=credited, refusal=refusal,
        )  # fmt: skip

    def _go_on(self) -> "World":
        play = self.session
        watched = self.duration - play.covered <= self.policy.slack_s * 1000
        if watched and play.unforeseen_passed:
            return self.end(Ending.COMPLETED)
        if play.lease is not None and play.covered >= play.lease:
            self._flush()
            reached = max(self.learning_now, play.anchor)
            self.publish(CheckDue(**self.where(), covered_ms=play.covered, reached_at=reached), play.id)
            return self.wait(50)
        if play.batch and self.learning_now - play.batch[0].received_at >= BATCH_AGE:
            self._flush()
        return self

    def _flush(self) -> None:
        play = self.session
        if play.batch:
            play.batches += 1
            batch = PlaybackRecorded(
                **self.where(), batch=play.batches, anchored_at=play.anchored, bank_ms=play.carried,
                reports=play.batch, refusals_left_out=0, covered_ms=play.covered,
            )  # fmt: skip
            self.publish(batch, play.id)
        play.batch, play.anchored, play.carried = [], play.anchor, play.bank

    def _complete_when_ready(self, lesson: str) -> "World":
        watched = self.duration - self.covered[lesson] <= self.policy.slack_s * 1000
        quiz = len(self.answered[lesson]) >= QUESTIONS
        if lesson in self.completed or not (watched and quiz and self.is_checked(lesson)):
            return self
        done = LessonCompleted(
            **self.ids, lesson_id=lesson, kind=self.lessons[lesson], credited_ms=self.covered[lesson],
            check_ids=[check.check_id for check in self.checks[lesson]],
        )  # fmt: skip
        self.completed[lesson] = done
        self.publish(done, self.enrollment)
        if len(self.completed) == len(self.lessons):
            self._complete_study()
        return self

    def _complete_study(self) -> None:
        credit = {
            kind: sum(done.credited_ms for done in self.completed.values() if done.kind is kind)
            for kind in LessonKind
        }
        study = StudyCompleted(
            **self.ids, compulsory_ms=credit[LessonKind.COMPULSORY], elective_ms=credit[LessonKind.ELECTIVE],
            lesson_ids=list(self.completed),
            check_ids=[check for done in self.completed.values() for check in done.check_ids],
            started_at=self.started_at or START, completed_at=self.learning_now,
        )  # fmt: skip
        published = self.publish(study, self.enrollment)
        assert isinstance(published, StudyCompleted)
        self.study_event = published


def moment_of(seed: bytes, value: str, entered: LessonEntered) -> int:
    """The draw of ADR 14, written for the second time on purpose."""
    rest = entered.duration_ms - entered.covered_ms
    if rest <= 2_000:
        return entered.covered_ms
    draw = int.from_bytes(hmac.digest(seed, f"{entered.session_id}:{value}".encode(), "sha256")[:8], "big")
    low, high = rest * 10 // 100, rest * 90 // 100
    return entered.covered_ms + low + draw * (high - low + 1) // 2**64


def changed(events: list[Event], kind: type[Event], nth: int = 0, /, **fields: Any) -> list[Event]:
    """The same log with one event of a kind changed."""
    positions = [position for position, event in enumerate(events) if isinstance(event, kind)]
    copy = list(events)
    copy[positions[nth]] = replace(copy[positions[nth]], **fields)
    return copy

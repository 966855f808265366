"""学习: one learner's way through the lessons of one enrolment (R16-R18, R22-R25)."""

from dataclasses import dataclass, field
from datetime import datetime

from services.learning.domain import event_factory
from services.learning.domain.course import Course, CourseStatus
from services.learning.domain.errors import CourseUnpublished, LessonDone, StudyDone, StudyExpired
from services.learning.domain.hours import KindHours, hours_of
from services.learning.domain.learner import Turn
from services.learning.domain.play_session import PlaySession
from services.learning.domain.playback import RefusalReason, Report, ReportOutcome, SessionState
from services.learning.domain.progress import LastReport, LessonProgress, PassedCheck
from services.learning.domain.sessions import Ending, Sessions
from services.learning.domain.wall_clock import WallClock
from shared.domain.aggregate import Aggregate
from shared.domain.errors import NotFound
from shared.events.enrollment import LearningOpened
from shared.events.proctor import FaceCheckFailed, FaceCheckPassed, FaceCheckRequested
from shared.events.terms import LessonKind, StudyPolicy


@dataclass(kw_only=True)
class Study(Aggregate):
    """学习: id is the enrolment's. Its lessons are those of the course on the day when learning opened."""

    person_id: str
    course_id: str
    opened_at: datetime
    closes_at: datetime
    policy: StudyPolicy
    lessons: list[LessonProgress]
    sessions: Sessions = field(default_factory=Sessions)
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @classmethod
    def open(cls, opened: LearningOpened, course: Course) -> "Study":
        """开通学习 (R8). Raises CourseUnpublished."""
        if course.status is not CourseStatus.PUBLISHED:
            raise CourseUnpublished()
        return cls(
            id=opened.enrollment_id,
            person_id=opened.person_id,
            course_id=opened.course_id,
            opened_at=opened.opened_at,
            closes_at=opened.closes_at,
            policy=opened.policy,
            lessons=[LessonProgress.of(lesson) for lesson in course.lessons_for(opened.specialty)],
        )

    # ---- what the learner does ----

    def check_may_enter(self, lesson_id: str, now: datetime) -> None:
        """Raises NotFound, StudyExpired (R9), StudyDone, LessonDone."""
        progress = self.lesson(lesson_id)
        self._check_window(now)
        if self.completed_at:
            raise StudyDone()
        if progress.completed:
            raise LessonDone()

    def enter(self, lesson_id: str, turn: Turn, now: datetime) -> None:
        """进入课程 → a new session that awaits its start check; the one before ends (R17, R23).

        Raises as `check_may_enter`, and SessionOver when a later turn has begun here already.
        """
        self.check_may_enter(lesson_id, now)
        progress = self.lesson(lesson_id)
        session = PlaySession(
            id=turn.session_id,
            lesson_id=lesson_id,
            turn=turn.number,
            clock=WallClock(anchored_at=now),
            position_ms=progress.position_ms,
        )
        self.sessions.begin(session)
        progress.entered, self.started_at = True, self.started_at or now
        self.record(event_factory.lesson_entered(self, session.id, progress))

    def report(self, session_id: str, report: Report, *, has_turn: bool, now: datetime) -> ReportOutcome:
        """进度报告 → credit, or a refusal that is recorded (R23; the rules are in `playback`).

        A repeat of the lesson's last report is answered as before and changes nothing. `has_turn`: the
        learner plays nowhere else. Raises NotFound, ReportImpossible, StudyExpired, SessionOver,
        CheckPending, ReportOutOfOrder; then nothing has changed.
        """
        progress = self.lesson(self.sessions.lesson_of(session_id))
        report = report.within(progress.duration_ms)
        if progress.last_report and progress.last_report.is_repeated_by(session_id, report):
            return progress.last_report.outcome
        self._check_window(now)
        if not has_turn:
            self.supersede(session_id)
        if session_id in self.sessions.past:
            return self._refuse_superseded(session_id, progress, report, now)
        session = self.sessions.playing(session_id)
        session.check_next(report.number)
        return self._take(session, progress, report, now)

    def answer_question(self, lesson_id: str, question_id: str, *, right: bool, now: datetime) -> bool:
        """答题 → whether the lesson's quiz is done; wrong answers cost nothing (R24).

        Raises NotFound, StudyExpired.
        """
        progress = self.lesson(lesson_id)
        if question_id not in progress.question_ids:
            raise NotFound(what="Question")
        self._check_window(now)
        if right:
            progress.answer_right(question_id)
        self.record(event_factory.quiz_answered(self, progress, question_id, right))
        self._complete_when_ready(progress, now)
        return progress.quiz_done

    # ---- what happened elsewhere ----

    def supersede(self, session_id: str) -> None:
        """The learner plays elsewhere: this session ends; one that has ended stays as it is (R23)."""
        if self.sessions.find_live(session_id):
            self.sessions.end(Ending.SUPERSEDED)

    def request_check(self, check: FaceCheckRequested) -> None:
        """人脸核验发起 → no credit until it is passed (R17); nothing in a session that has ended."""
        if session := self.sessions.find_live(check.session_id):
            session.request_check(check.check_id)

    def pass_check(self, check: FaceCheckPassed, now: datetime) -> None:
        """人脸核验通过 → the session plays, its wall clock restarts (R17); nothing after the window."""
        session = self.sessions.find_live(check.session_id)
        if session is None or check.check_id in session.answered or now >= self.closes_at:
            return
        session.pass_check(check.check_id, check.moment, now)
        progress = self.lesson(session.lesson_id)
        progress.checks.append(PassedCheck(check_id=check.check_id, moment=check.moment))
        self._complete_when_ready(progress, now)

    def fail_check(self, check: FaceCheckFailed) -> None:
        """人脸核验不通过 → the lesson pauses where it is; what was earned is kept (R18)."""
        session = self.sessions.find_live(check.session_id)
        if session is None or check.check_id in session.answered:
            return
        self.sessions.end(Ending.PAUSED)
        self.record(event_factory.lesson_paused(self, session, check.check_id))

    def extend_window(self, closes_at: datetime) -> None:
        """学习期顺延: an outage of ours, or a suspension that was lifted; never earlier than before (R9)."""
        self.closes_at = max(self.closes_at, closes_at)

    # ---- what can be asked ----

    def lesson(self, id: str) -> LessonProgress:
        """Raises NotFound."""
        for progress in self.lessons:
            if progress.lesson_id == id:
                return progress
        raise NotFound(what="Lesson")

    def hours(self) -> list[KindHours]:
        """Needed, earned and remaining by kind (R22)."""
        return [hours_of(kind, self.lessons, self.policy) for kind in LessonKind]

    # ---- inside ----

    def _check_window(self, now: datetime) -> None:
        if now >= self.closes_at:
            raise StudyExpired(closed_at=self.closes_at)

    def _take(
        self, session: PlaySession, progress: LessonProgress, report: Report, now: datetime
    ) -> ReportOutcome:
        before_ms = progress.covered_ms
        judgement = session.take(report, now, self.policy.carry_s * 1000)
        if judgement.refusal:
            self._refuse(session.id, progress, report, judgement.refusal, judgement.received_at)
        else:
            progress.cover(report)
            self.record(event_factory.playback_credited(self, session.id, progress, report, judgement))
        self._complete_when_ready(progress, now)
        outcome = ReportOutcome(
            credited_ms=progress.covered_ms - before_ms,
            covered_ms=progress.covered_ms,
            state=self.sessions.state_of(session.id),
            refusal=judgement.refusal,
        )
        progress.last_report = LastReport(session_id=session.id, report=report, outcome=outcome)
        return outcome

    def _refuse_superseded(
        self, session_id: str, progress: LessonProgress, report: Report, now: datetime
    ) -> ReportOutcome:
        """The first report of a superseded session is recorded (R23: parallel tabs); more are too late."""
        self.sessions.refuse_once(session_id)
        self._refuse(session_id, progress, report, RefusalReason.SUPERSEDED, now)
        return ReportOutcome(
            credited_ms=0,
            covered_ms=progress.covered_ms,
            state=SessionState.ENDED,
            refusal=RefusalReason.SUPERSEDED,
        )

    def _refuse(
        self, session_id: str, progress: LessonProgress, report: Report, reason: RefusalReason, at: datetime
    ) -> None:
        self.record(event_factory.playback_refused(self, session_id, progress, report, reason, at))

    def _complete_when_ready(self, progress: LessonProgress, now: datetime) -> None:
        if progress.completed or not progress.is_ready(self.policy.slack_s * 1000):
            return
        progress.completed = True
        if self.sessions.live and self.sessions.live.lesson_id == progress.lesson_id:
            self.sessions.end(Ending.COMPLETED)
        self.record(event_factory.lesson_completed(self, progress))
        self._finish_when_done(now)

    def _finish_when_done(self, now: datetime) -> None:
        if self.completed_at or self.started_at is None or not all(kind.done for kind in self.hours()):
            return
        self.completed_at = now
        completed = [lesson for lesson in self.lessons if lesson.completed]
        self.record(event_factory.study_completed(self, completed, started_at=self.started_at, now=now))

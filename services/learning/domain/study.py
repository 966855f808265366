"""学习: one learner's way through the lessons of one enrolment (R16-R18, R22-R25)."""

from dataclasses import dataclass, field
from datetime import datetime

from services.learning.domain import facts
from services.learning.domain.course import Course, CourseStatus
from services.learning.domain.errors import CourseUnpublished, LessonDone, StudyDone, StudyExpired
from services.learning.domain.hours import KindHours, hours_of
from services.learning.domain.learner import Turn
from services.learning.domain.playback import Answer, PlaySession, Refusal, Report, SessionState, WallClock
from services.learning.domain.progress import LessonProgress, PassedCheck, Receipt
from services.learning.domain.sessions import Ending, Sessions
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
            lessons=[LessonProgress.of(it) for it in course.lessons_for(opened.specialty)],
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
        self.record(facts.entered(self, session.id, progress))

    def report(self, session_id: str, report: Report, *, has_turn: bool, now: datetime) -> Answer:
        """进度报告 → credit, or a refusal that is recorded (R23; the rules are in `playback`).

        A repeat of the lesson's last report is answered as before and changes nothing. `has_turn`: the
        learner plays nowhere else. Raises NotFound, ReportImpossible, StudyExpired, SessionOver,
        CheckPending, ReportOutOfOrder; then nothing has changed.
        """
        progress = self.lesson(self.sessions.lesson_of(session_id))
        report = report.within(progress.duration_ms)
        if progress.last and progress.last.is_of(session_id, report):
            return progress.last.answer
        self._check_window(now)
        if not has_turn:
            self.supersede(session_id)
        if session_id in self.sessions.past:
            return self._refuse_superseded(session_id, progress, report, now)
        session = self.sessions.playing(session_id)
        session.check_next(report.number)
        return self._take(session, progress, report, now)

    def answer(self, lesson_id: str, question_id: str, *, right: bool, now: datetime) -> bool:
        """答题 → whether the lesson's quiz is done; wrong answers cost nothing (R24).

        Raises NotFound, StudyExpired.
        """
        progress = self.lesson(lesson_id)
        if question_id not in progress.question_ids:
            raise NotFound(what="Question")
        self._check_window(now)
        if right:
            progress.answer_right(question_id)
        self.record(facts.answered(self, progress, question_id, right))
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
        """人脸核验通过 → the session plays, its wall clock starts anew (R17); nothing after the window."""
        session = self.sessions.find_live(check.session_id)
        if session is None or check.check_id in session.answered or now >= self.closes_at:
            return
        session.pass_check(check.check_id, check.moment, now)
        progress = self.lesson(session.lesson_id)
        progress.checks.append(PassedCheck(check_id=check.check_id, moment=check.moment))
        self._complete_when_ready(progress, now)

    def fail_check(self, check: FaceCheckFailed) -> None:
        """人脸核验不通过 → the lesson pauses where it is; what was earned stands (R18)."""
        session = self.sessions.find_live(check.session_id)
        if session is None or check.check_id in session.answered:
            return
        self.sessions.end(Ending.PAUSED)
        self.record(facts.paused(self, session, check.check_id))

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

    def _take(self, session: PlaySession, progress: LessonProgress, report: Report, now: datetime) -> Answer:
        before = progress.covered_ms
        refusal = session.judge(report, now)
        if refusal:
            session.clock.restart(now)
            self._refuse(session.id, progress, report, refusal, session.clock.anchored_at)
        else:
            self._credit(session, progress, report, now)
        session.take(report)
        self._complete_when_ready(progress, now)
        answer = Answer(
            credited_ms=progress.covered_ms - before,
            covered_ms=progress.covered_ms,
            state=self.sessions.state_of(session.id),
            refused=refusal,
        )
        progress.last = Receipt(session_id=session.id, report=report, answer=answer)
        return answer

    def _credit(self, session: PlaySession, progress: LessonProgress, report: Report, now: datetime) -> None:
        clock = session.clock
        anchored_at, budget_ms = clock.anchored_at, clock.budget_ms(now)
        clock.spend(report.length_ms, now, self.policy.carry_s * 1000)
        progress.cover(report)
        figures = {"budget_ms": budget_ms, "covered_ms": progress.covered_ms}
        self.record(
            facts.credited(
                self, session, report, anchored_at=anchored_at, received_at=clock.anchored_at, **figures
            )
        )

    def _refuse_superseded(
        self, session_id: str, progress: LessonProgress, report: Report, now: datetime
    ) -> Answer:
        """The first report of a superseded session is recorded (R23: parallel tabs); more are too late."""
        self.sessions.refuse_once(session_id)
        self._refuse(session_id, progress, report, Refusal.SUPERSEDED, now)
        return Answer(
            credited_ms=0,
            covered_ms=progress.covered_ms,
            state=SessionState.ENDED,
            refused=Refusal.SUPERSEDED,
        )

    def _refuse(
        self, session_id: str, progress: LessonProgress, report: Report, why: Refusal, at: datetime
    ) -> None:
        self.record(facts.refused(self, session_id, progress.lesson_id, report, reason=why, received_at=at))

    def _complete_when_ready(self, progress: LessonProgress, now: datetime) -> None:
        if progress.completed or not progress.is_ready(self.policy.slack_s * 1000):
            return
        progress.completed = True
        if self.sessions.live and self.sessions.live.lesson_id == progress.lesson_id:
            self.sessions.end(Ending.COMPLETED)
        self.record(facts.lesson_completed(self, progress))
        self._finish_when_done(now)

    def _finish_when_done(self, now: datetime) -> None:
        if self.completed_at or self.started_at is None or not all(it.done for it in self.hours()):
            return
        self.completed_at = now
        completed = [it for it in self.lessons if it.completed]
        self.record(facts.study_completed(self, completed, started_at=self.started_at, now=now))

"""What the log says about one enrolment and its person, found by kind and by play session (R31)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from services.audit.domain.credit import Credit, count_credit
from services.audit.domain.hours import Hours
from services.audit.domain.order import in_order
from services.audit.domain.session import Session
from services.audit.domain.times import SKEW, TRANSIT
from shared.events.base import Event
from shared.events.enrollment import LearningOpened, PlanPublished, WindowExtended
from shared.events.learning import CoursePublished, LessonSummary, QuizAnswered
from shared.events.proctor import FaceCheckPassed, IdentityVerified, JobDone, JobKind, JobQueued
from shared.events.terms import StudyPolicy

E = TypeVar("E", bound=Event)


class Facts:
    """Built once; every rule reads it. `events`: as `derive_hours` takes them."""

    def __init__(self, enrollment_id: str, events: Iterable[Event]) -> None:
        self.enrollment_id = enrollment_id
        self.hours = Hours(enrollment_id)  # what was counted
        self.events = in_order(events)
        self._own: defaultdict[type[Event], list[Any]] = defaultdict(list)
        self._person: defaultdict[type[Event], list[Any]] = defaultdict(list)
        self.own_events = [
            event for event in self.events if getattr(event, "enrollment_id", None) == enrollment_id
        ]
        for event in self.own_events:
            self._own[type(event)].append(event)
        self.person_id = self._whose()
        self.jobs_done: defaultdict[str, list[JobDone]] = defaultdict(list)  # the face worker's answers
        named = {getattr(event, "session_id", None) for event in self.events} - {None}
        self._sessions: dict[str, Session] = {str(id): Session(str(id)) for id in named}
        for event in self.events:
            self._sort(event)

    # ---- by kind ----

    def own(self, kind: type[E]) -> list[E]:
        """The enrolment's events of a kind."""
        return self._own.get(kind, [])

    def own_first(self, kind: type[E]) -> E | None:
        """The first of them."""
        return next(iter(self.own(kind)), None)

    def of_person(self, kind: type[E]) -> list[E]:
        """The person's events of a kind, in whatever enrolment."""
        return self._person.get(kind, [])

    @cached_property
    def events_of_person(self) -> list[Event]:
        """All that names the person and no enrolment, in order."""
        return [
            event
            for event in self.events
            if getattr(event, "person_id", None) == self.person_id and not hasattr(event, "enrollment_id")
        ]

    @cached_property
    def concerning(self) -> list[Event]:
        """All that the enrolment rests on: its own, its sessions', its person's, its plan and its course."""
        apart = [event for event in (self.plan, self.course) if event]
        played = [event for session in self.sessions for event in session.events]
        return list({id(e): e for e in [*self.own_events, *played, *self.events_of_person, *apart]}.values())

    # ---- terms ----

    @cached_property
    def opened(self) -> LearningOpened | None:
        """开通学习: whose it is, by which policy, until when."""
        return self.own_first(LearningOpened)

    @property
    def policy(self) -> StudyPolicy:
        """That of the plan; the default's where the log lacks it, which a rule of its own finds."""
        return self.opened.policy if self.opened else StudyPolicy()

    @cached_property
    def closes_at(self) -> datetime | None:
        """When the window closes, outages of ours added (R9)."""
        return max(self.ends, default=None)

    @cached_property
    def ends(self) -> list[datetime]:
        """When the window was to close, by the opening and by each extension."""
        extended = [event.closes_at for event in self.own(WindowExtended)]
        return [self.opened.closes_at, *extended] if self.opened else []

    @cached_property
    def course(self) -> CoursePublished | None:
        """The course that is studied."""
        return self._about("course_id", CoursePublished)

    @cached_property
    def lessons(self) -> list[LessonSummary]:
        """What the course has for learners of this specialty."""
        lessons = self.course.lessons if self.course else []
        own = (None, self.opened.specialty if self.opened else None)
        return [lesson for lesson in lessons if lesson.specialty in own]

    @cached_property
    def plan(self) -> PlanPublished | None:
        """The plan that was declared for, when it is among the events."""
        return self._about("plan_id", PlanPublished)

    # ---- sessions ----

    @cached_property
    def sessions(self) -> list[Session]:
        """The enrolment's, in the order of the person's turns."""
        own = (session for session in self._sessions.values() if session.enrollment_id == self.enrollment_id)
        return sorted(own, key=_turn)

    @cached_property
    def all_sessions(self) -> list[Session]:
        """The person's, in whatever enrolment, in the order of the turns."""
        whose = (
            session
            for session in self._sessions.values()
            if session.enrollment_id == self.enrollment_id
            or any(getattr(event, "person_id", None) == self.person_id for event in session.events)
        )
        return sorted(whose, key=_turn)

    @cached_property
    def sessions_by_lesson(self) -> dict[str, list[Session]]:
        """The enrolment's, by lesson, in the order of the turns."""
        lessons: defaultdict[str, list[Session]] = defaultdict(list)
        for session in self.sessions:
            lessons[session.lesson_id or ""].append(session)
        return dict(lessons)

    @cached_property
    def credit(self) -> Credit:
        """Every session's credit by the auditor's own count."""
        durations = {lesson.lesson_id: lesson.duration_ms for lesson in self.lessons}
        return count_credit(self.sessions_by_lesson, self.policy, durations, self.opened, self.closes_at)

    # ---- what rules ask ----

    def job_of(self, decision: FaceCheckPassed | IdentityVerified) -> JobQueued | None:
        """The job whose pictures a decision rests on."""
        if isinstance(decision, FaceCheckPassed):
            session = self._sessions.get(decision.session_id)
            return session.job_of(decision) if session else None
        wanted = set(decision.evidence.object_keys)
        jobs = (job for job in self.of_person(JobQueued) if job.kind is JobKind.LIVENESS)
        return next((job for job in jobs if wanted & set(job.frame_keys)), None)

    def questions_of(self, lesson_id: str) -> int:
        """How many questions a lesson's quiz has; 1 where the log lacks the course."""
        return self._questions.get(lesson_id, 1)

    def answers(self, lesson_id: str) -> list[QuizAnswered]:
        """Answers to a lesson's quiz, in order."""
        return self._answers.get(lesson_id, [])

    def is_outside_window(self, decided: datetime) -> bool:
        """Whether something was decided outside the study window (R9); it may be published a little later."""
        if self.opened is None or self.closes_at is None:
            return False
        return decided < self.opened.opened_at - SKEW or decided > self.closes_at + TRANSIT

    # ---- inside ----

    @cached_property
    def _questions(self) -> dict[str, int]:
        return {lesson.lesson_id: lesson.questions for lesson in self.lessons}

    @cached_property
    def _answers(self) -> dict[str, list[QuizAnswered]]:
        answers: defaultdict[str, list[QuizAnswered]] = defaultdict(list)
        for answer in self.own(QuizAnswered):
            answers[answer.lesson_id].append(answer)
        return answers

    def _whose(self) -> str | None:
        if opened := self.own_first(LearningOpened):
            return opened.person_id
        named = (getattr(event, "person_id", None) for event in self.own_events)
        return next((person for person in named if person), None)

    def _sort(self, event: Event) -> None:
        if isinstance(event, JobDone):
            self.jobs_done[event.job_id].append(event)
        subject = event.published.subject if isinstance(event, JobQueued) else None
        if session := self._sessions.get(str(getattr(event, "session_id", subject))):
            session.add(event)
        if self.person_id is not None and _person_of(event) == self.person_id:
            self._person[type(event)].append(event)

    def _about(self, name: str, kind: type[E]) -> E | None:
        wanted = getattr(self.opened, name, None)
        return next(
            (event for event in self.events if isinstance(event, kind) and getattr(event, name) == wanted),
            None,
        )


def _person_of(event: Event) -> object:
    return event.owner if isinstance(event, JobQueued) else getattr(event, "person_id", None)


def _turn(session: Session) -> tuple[int, datetime]:
    return session.entered.turn if session.entered else 0, session.began_at

"""Learning, proctor and certificate as they act on each other: their own aggregates and nothing else.

Between them lie a post that takes its time and clocks that differ. Deliveries come once: repeats are the
business of the storage, which has tests of its own. Everything follows from one seed.
"""

from datetime import timedelta
from random import Random

from services.learning.domain import Learner, Report, Study
from services.learning.tests.builders import EVIDENCE, NOON, a_course, a_lesson, a_question, opened
from services.proctor.domain import ProctoredSession
from services.proctor.domain.check import Check
from services.proctor.domain.ids import session_of_job
from services.proctor.domain.schedule import SEED_BYTES
from services.proctor.domain.streak import Streak
from services.proctor.tests.builders import an_answer
from shared.domain.errors import DomainError
from shared.events.base import Event
from shared.events.certificate import HoursAudited
from shared.events.learning import LessonCompleted, LessonEntered, LessonPaused, PlaybackCredited
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    IdentityVerified,
    JobDone,
    JobQueued,
)
from shared.events.terms import LessonKind
from tests.integration.agreement.certification import record_of
from tests.integration.agreement.stream import Stream

MOST_SKEW_MS = 400  # an auditor allows for a second
ENROLMENT, PERSON = "study", "person"


class Simulation:
    """One enrolment in a course of two lessons; a player acts on it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        skew = timedelta(milliseconds=self.chance.randint(-MOST_SKEW_MS, MOST_SKEW_MS))
        self.stream = Stream(self.chance, NOON, {"proctor": skew}, self._deliver)
        self.learner = Learner(id=PERSON)
        self.sessions: dict[str, ProctoredSession] = {}  # what proctor knows
        self.study = self._open()
        self._seeds: dict[str, bytes] = {}
        self._streaks: dict[str, Streak] = {}  # by lesson
        self._outcomes: dict[str, str] = {}  # by job

    @property
    def log(self) -> list[Event]:
        """All that was published so far."""
        return self.stream.log

    # ---- what the learner does ----

    def wait(self, ms: int) -> None:
        """Time passes; then proctor's timer looks for checks that were missed or have cooled down."""
        self.stream.wait(ms)
        now = self.stream.clock_of("proctor")
        for session in self.sessions.values():
            if session.wake_at is not None and session.wake_at <= now:
                session.elapse(now)
                self._settle(session)

    def enter(self, lesson_id: str) -> str:
        """The id of the new session."""
        number = self.learner.turn.number + 1 if self.learner.turn else 1
        _, turn = self.learner.take_turn(ENROLMENT, f"session{number}")
        self.study.enter(lesson_id, turn, self.stream.now)
        self.stream.publish_from(self.study)
        return turn.session_id

    def report(self, session_id: str, report: Report) -> None:
        """What learning does not take at all changes nothing."""
        has_turn = self.learner.has_turn(session_id)
        try:
            self.study.report(session_id, report, has_turn=has_turn, now=self.stream.now)
        except DomainError:
            assert self.study.events == []
        self.stream.publish_from(self.study)

    def answer_check(self, session_id: str, check: Check, outcome: str) -> None:
        """A frame, of which the face worker will say this."""
        session = self.sessions[session_id]
        session.answer(check.id, "frame", "reference", self.stream.clock_of("proctor"))
        self._outcomes[check.job_id] = outcome
        self._settle(session)

    def answer_quiz(self, lesson_id: str, *, right: bool) -> None:
        self.study.answer_question(lesson_id, "q1", right=right, now=self.stream.now)
        self.stream.publish_from(self.study)

    # ---- what the services do about it ----

    def audit(self) -> list[HoursAudited]:
        """What certificate says once all events have come to it, in any order; the log says it as well."""
        events = self.chance.sample(self.log, len(self.log))
        record = record_of(ENROLMENT, PERSON, events, self.stream.now)
        audits = [event for event in record.events if isinstance(event, HoursAudited)]
        self.stream.publish_from(record)
        return audits

    def _open(self) -> Study:
        special = a_lesson("special", kind=LessonKind.ELECTIVE)
        course = a_course(a_lesson(quiz=[a_question()]), special)
        self.stream.publish_from(course)
        verified = IdentityVerified(person_id=PERSON, verification_id="v", evidence=EVIDENCE)
        self.stream.publish(verified, PERSON)
        self.learner.verify()
        opening = opened(enrollment_id=ENROLMENT, person_id=PERSON)
        self.stream.publish(opening, ENROLMENT)
        return Study.open(opening, course)

    def _deliver(self, event: Event) -> None:
        match event:
            case FaceCheckRequested():
                self.study.request_check(event)
            case FaceCheckPassed():
                self.study.pass_check(event, self.stream.now)
            case FaceCheckFailed():
                self.study.fail_check(event)
            case LessonEntered():
                self._begin(event)
            case PlaybackCredited():
                self._follow(event)
            case LessonPaused():
                self._close(self.sessions[event.session_id])
            case LessonCompleted():
                lesson_id = event.lesson_id
                self._close(*(each for each in self.sessions.values() if each.lesson_id == lesson_id))
            case JobQueued():
                self.stream.publish(an_answer(event.job_id, self._outcomes[event.job_id]), event.job_id)
            case JobDone():
                self._conclude(event)
        self.stream.publish_from(self.study)

    def _begin(self, event: LessonEntered) -> None:
        self._close(*self.sessions.values())
        seed = self.chance.randbytes(SEED_BYTES)
        earlier_streak = self._streaks.get(event.lesson_id, Streak())
        session = ProctoredSession.of_entry(event, sealed_seed="", earlier_streak=earlier_streak)
        self.sessions[session.id], self._seeds[session.id] = session, seed
        session.open(seed, self.stream.clock_of("proctor"))
        self._settle(session)

    def _follow(self, event: PlaybackCredited) -> None:
        session = self.sessions[event.session_id]
        session.follow(event.covered_ms, self._seeds[session.id], self.stream.clock_of("proctor"))
        self._settle(session)

    def _conclude(self, event: JobDone) -> None:
        session = self.sessions[session_of_job(event.job_id)]
        session.conclude(event, self._seeds[session.id], self.stream.clock_of("proctor"))
        self._settle(session)

    def _close(self, *sessions: ProctoredSession) -> None:
        for session in sessions:
            session.close(self._seeds[session.id], self.stream.clock_of("proctor"))
            self._settle(session)

    def _settle(self, session: ProctoredSession) -> None:
        self._streaks[session.lesson_id] = session.streak
        self.stream.publish_from(session)

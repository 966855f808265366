"""Learning, proctor and certificate as they act on each other: their own aggregates and nothing else.

Between them lie a post that takes its time and clocks that differ. Deliveries come once: repeats are the
business of the storage, which has tests of its own. Everything follows from one seed.
"""

from datetime import timedelta
from random import Random

from services.learning.domain import Learner, Report, Study
from services.learning.tests.builders import EVIDENCE, NOON, a_course, a_lesson, a_question, opened
from services.proctor.domain import Watch
from services.proctor.domain.check import Check, CheckPolicy
from services.proctor.domain.jobs import job_id
from services.proctor.domain.schedule import SEED_BYTES
from services.proctor.domain.watch import Streak
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
from tests.integration.agreement.certification import file_of
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
        self.watches: dict[str, Watch] = {}  # by session; what proctor knows
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
        for watch in self.watches.values():
            if watch.wake_at is not None and watch.wake_at <= now:
                watch.elapse(now)
                self._settle(watch)

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
        watch = self.watches[session_id]
        watch.answer(check.id, "frame", "reference", self.stream.clock_of("proctor"))
        self._outcomes[job_id(check.id, str(len(check.frame_keys)))] = outcome
        self._settle(watch)

    def answer_quiz(self, lesson_id: str, *, right: bool) -> None:
        self.study.answer(lesson_id, "q1", right=right, now=self.stream.now)
        self.stream.publish_from(self.study)

    # ---- what the services do about it ----

    def audit(self) -> list[HoursAudited]:
        """What certificate says once all facts have come to it, in any order; the log says it as well."""
        facts = self.chance.sample(self.log, len(self.log))
        file = file_of(ENROLMENT, PERSON, facts, self.stream.now)
        said = [event for event in file.events if isinstance(event, HoursAudited)]
        self.stream.publish_from(file)
        return said

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
                self._watch(event)
            case PlaybackCredited():
                self._follow(event)
            case LessonPaused():
                self._close(self.watches[event.session_id])
            case LessonCompleted():
                self._close(*(watch for watch in self.watches.values() if watch.lesson_id == event.lesson_id))
            case JobQueued():
                self.stream.publish(an_answer(event.job_id, self._outcomes[event.job_id]), event.job_id)
            case JobDone():
                self._conclude(event)
        self.stream.publish_from(self.study)

    def _watch(self, event: LessonEntered) -> None:
        self._close(*self.watches.values())
        seed = self.chance.randbytes(SEED_BYTES)
        watch = Watch(
            id=event.session_id,
            enrollment_id=event.enrollment_id,
            person_id=event.person_id,
            lesson_id=event.lesson_id,
            entered_at=event.published.time,
            duration_ms=event.duration_ms,
            covered_ms=event.covered_ms,
            reached_ms=event.covered_ms,
            draws_unforeseen=not event.unforeseen_check_passed,
            sealed_seed="",
            policy=CheckPolicy(
                deadline_s=event.check_deadline_s, attempts=event.check_attempts, cooldown_s=event.cooldown_s
            ),
            before=self._streaks.get(event.lesson_id, Streak()),
        )
        self.watches[watch.id], self._seeds[watch.id] = watch, seed
        watch.open(seed, self.stream.clock_of("proctor"))
        self._settle(watch)

    def _follow(self, event: PlaybackCredited) -> None:
        watch = self.watches[event.session_id]
        watch.follow(event.covered_ms, self._seeds[watch.id], self.stream.clock_of("proctor"))
        self._settle(watch)

    def _conclude(self, event: JobDone) -> None:
        watch = next(watch for watch in self.watches.values() if event.job_id.startswith(f"{watch.id}-"))
        watch.conclude(event, self._seeds[watch.id], self.stream.clock_of("proctor"))
        self._settle(watch)

    def _close(self, *watches: Watch) -> None:
        for watch in watches:
            watch.close(self._seeds[watch.id], self.stream.clock_of("proctor"))
            self._settle(watch)

    def _settle(self, watch: Watch) -> None:
        self._streaks[watch.lesson_id] = watch.streak
        self.stream.publish_from(watch)

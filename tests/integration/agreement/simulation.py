"""One enrolment in learning, proctor, enrollment and payment: their own use cases, on stores in memory.

Between them are deliveries that take up to ten minutes, overtake each other and come twice. Each service runs
on two machines, one for people and one for events, whose clocks differ by up to two seconds. Everything
follows from one seed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from services.enrollment.storage import Enrollments
from services.enrollment.tests.builders import a_plan, an_enrollment
from services.learning.application.playback import Entry
from services.learning.domain import PlaySession, Report, Study
from services.learning.storage import PlaySessions, Studies
from services.learning.tests.builders import a_course, a_lesson, a_question
from services.proctor.application import checks
from services.proctor.domain import object_keys
from services.proctor.domain.access import owned_by
from services.proctor.domain.check import Check
from services.proctor.storage import ProctoredSessions
from shared.domain.errors import DomainError
from shared.events.base import Event, Meta, producer_of
from shared.events.envelope import decode
from shared.events.terms import LessonKind, StudyPolicy
from shared.persistence.ports import Effects
from tests.integration.agreement.stream import Stream
from tests.simulation import lessons
from tests.simulation.gathering import finish
from tests.simulation.randomness import repeatable
from tests.simulation.store import Database
from tests.simulation.town import FEE_FEN, HANDLERS, START, Town

MAX_SKEW_MS = 1_000  # of each machine; an auditor allows two of them to differ by 2 s
TIMER_MS = 1_000
SERVICES = ("enrollment", "payment", "learning", "proctor")
ENROLMENT, PERSON = "e0", "person-0"
LESSON_MS = 180_000
POLICY = StudyPolicy(hour_seconds=180, compulsory_hours=1, elective_hours=1, cooldown_s=120)


class Simulation:
    """One learner's study of a course of two lessons; a player acts on it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.stream = Stream(self.chance, START)
        self._ids, self._published = 0, set[str]()
        self._databases = {
            service: Database(on_write=partial(self._on_write, service)) for service in SERVICES
        }
        self._desks = {service: self._town(service) for service in SERVICES}  # for people
        self._towns = {service: self._town(service) for service in SERVICES}  # for events and timers

    @contextmanager
    def running(self) -> Iterator[None]:
        """What it draws while it runs comes from its seed."""
        with repeatable(self.chance):
            self._enrol()
            yield

    @property
    def log(self) -> list[Event]:
        """All that has reached the log so far."""
        return self.stream.log

    @property
    def study(self) -> Study:
        """Learning's present view."""
        return self._desks["learning"][Studies].get(ENROLMENT)

    def session(self, id: str) -> PlaySession:
        """Learning's present view of a play session."""
        return self._desks["learning"][PlaySessions].get(id)

    def open_checks(self, session_id: str) -> list[Check]:
        """What proctor asks in a session."""
        proctored = self._desks["proctor"][ProctoredSessions]
        return [check for check in checks.of_session(proctored, PERSON, session_id) if check.deadline]

    # ---- what the learner does ----

    def wait(self, ms: int) -> None:
        """Time passes."""
        self.stream.wait(ms)

    def enter(self, login: str, lesson_id: str, *, take_over: bool) -> PlaySession | None:
        """The session, unless learning refuses it."""
        desk = self._desks["learning"]
        entry = Entry(
            person_id=PERSON,
            login_id=login,
            enrollment_id=ENROLMENT,
            lesson_id=lesson_id,
            take_over=take_over,
        )
        with suppress(DomainError):
            return lessons.player(desk).enter(entry, desk.clock())
        return None

    def report(self, session_id: str, report: Report) -> None:
        """A report that is refused is recorded, too."""
        desk = self._desks["learning"]
        with suppress(DomainError):
            finish(
                lessons.player(desk).report_together(
                    ENROLMENT, session_id, report, person_id=PERSON, now=desk.clock()
                )
            )

    def answer_check(self, session_id: str, check: Check, outcome: str) -> None:
        """A frame, on which the face worker will decide this outcome."""
        desk = self._desks["proctor"]
        frame = object_keys.check_frame(PERSON, check.id, f"{outcome}-{self.chance.getrandbits(32)}")
        reference = object_keys.reference_photo(PERSON, lessons.VERIFICATION)
        with suppress(DomainError):
            desk[ProctoredSessions].update(
                session_id,
                lambda session: session.answer(check.id, frame, reference, desk.clock()),
                authorise=owned_by(PERSON),
            )

    def answer_quiz(self, lesson_id: str, *, right: bool) -> None:
        """The only question of a lesson."""
        desk = self._desks["learning"]
        with suppress(DomainError):
            desk[Studies].update(
                ENROLMENT,
                lambda study: study.answer_question(lesson_id, "q1", right=right, now=desk.clock()),
            )

    # ---- what the services do about it ----

    def publish(self, subject: str, *events: Event) -> None:
        """Of an aggregate with this id that is stored nowhere."""
        for number, event in enumerate(events, start=1):
            self._ids += 1
            meta = Meta(
                id=f"published-{self._ids}",
                source=producer_of(type(event)),
                type=event.TYPE,
                subject=subject,
                sequence=number,
                time=self.stream.now,
            )
            self._publish(replace(event, meta=meta))

    def _enrol(self) -> None:
        """Declared, approved, paid and verified; the study is open when all that has arrived."""
        special = a_lesson("special", kind=LessonKind.ELECTIVE, duration_ms=LESSON_MS)
        course = a_course(a_lesson(quiz=[a_question()], duration_ms=LESSON_MS), special)
        self._towns["learning"].course = course
        self.publish(course.id, *course.events)
        terms = {
            "course_id": course.id,
            "policy": POLICY,
            "fee_fen": FEE_FEN,
            "class_opens_at": START - timedelta(hours=2),
        }
        plan = a_plan(**terms)
        plan.publish()
        self.publish(plan.id, *plan.events)
        declaration = an_enrollment(id=ENROLMENT, person_id=PERSON, plan_id=plan.id, **terms)
        self._desks["enrollment"][Enrollments].add(declaration)
        self.wait(2 * 600_000)
        self._desks["enrollment"].approve(ENROLMENT)
        self._desks["payment"].pay(ENROLMENT, 1)
        lessons.verify(self._desks["proctor"], PERSON)
        self.wait(5 * 600_000)

    def _town(self, service: str) -> Town:
        skew = timedelta(milliseconds=self.chance.randint(-MAX_SKEW_MS, MAX_SKEW_MS))
        clock = lambda: self.stream.now + skew  # noqa: E731
        effects = Effects(new_id=self._new_id, pause=lambda _: None)
        return Town(service, lambda kind: kind(clock, self._databases[service], effects), clock)

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    def _on_write(self, service: str, collection: str, before: dict | None, after: dict[str, Any]) -> None:
        """New events of the outbox are published, and a timer goes off when something is due."""
        for entry in after.get("outbox", ()):
            if entry["id"] not in self._published:
                self._published.add(entry["id"])
                self._publish(decode(entry["body"]))
        if (wake_at := after.get("wake_at")) and wake_at != (before or {}).get("wake_at"):
            late_ms = MAX_SKEW_MS + self.chance.randrange(TIMER_MS)
            self.stream.at(wake_at + timedelta(milliseconds=late_ms), partial(self._tick, service))

    def _tick(self, service: str) -> None:
        lessons.TIMERS[service](self._towns[service])

    def _publish(self, event: Event) -> None:
        kind = type(event)
        readers = [service for service in SERVICES if kind in HANDLERS[service]]
        self.stream.publish(event, {service: partial(self._deliver, service) for service in readers})

    def _deliver(self, service: str, event: Event) -> None:
        HANDLERS[service][type(event)](self._towns[service], event)

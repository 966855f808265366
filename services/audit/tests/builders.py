"""A small world that publishes events as the services do, with a clock of its own."""

import hashlib
import hmac
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.events.base import Event, Meta, producer_of
from shared.events.certificate import HoursAudited, Verdict
from shared.events.enrollment import LearningOpened
from shared.events.envelope import encode
from shared.events.learning import (
    CoursePublished,
    LessonCompleted,
    LessonEntered,
    LessonSummary,
    PlaybackCredited,
    PlaybackRefused,
    StudyCompleted,
)
from shared.events.proctor import (
    Evidence,
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    IdentityVerified,
    Moment,
    ScheduleDrawn,
    ScheduleRevealed,
)
from shared.events.terms import LessonKind, StudyPolicy

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
POLICY = StudyPolicy(hour_seconds=15, compulsory_hours=1, elective_hours=1, report_period_s=3)
LESSONS = {"lesson-c": LessonKind.COMPULSORY, "lesson-e": LessonKind.ELECTIVE}
DURATION_MS = 15_000
EVIDENCE = Evidence(outcome="match", distance=0.3, threshold=0.6, model="dlib", model_version="0" * 64)


class World:
    """One person's study. Times advance only by its steps; `events` is the log."""

    def __init__(self, person: str = "person-1", enrollment: str = "enrollment-1") -> None:
        self.person, self.enrollment = person, enrollment
        self.now, self.events = START, list[Event]()
        self._sequences: Counter[tuple[str, str]] = Counter()
        self._sessions: Counter[str] = Counter()
        self.session = self.lesson = ""
        self.report, self.position, self.anchor, self.carry = 0, 0, START, 0
        # Of each lesson, 1 for every millisecond that is credited.
        self.covered = {lesson: bytearray(DURATION_MS) for lesson in LESSONS}
        self.checks: dict[str, list[str]] = {lesson: [] for lesson in LESSONS}

    # ---- steps ----

    def open(self) -> "World":
        lessons = [
            LessonSummary(lesson_id=id, title=id, kind=kind, duration_ms=DURATION_MS, video_sha256="0" * 64)
            for id, kind in LESSONS.items()
        ]
        course = CoursePublished(
            course_id="course-1", title="课", organisation="武汉", specialty="土木", lessons=lessons
        )
        self.publish(course, "course-1")
        opened = LearningOpened(
            enrollment_id=self.enrollment, person_id=self.person, plan_id="plan-1", course_id="course-1",
            specialty="土木", opened_at=self.now, closes_at=self.now + timedelta(days=90), policy=POLICY,
        )  # fmt: skip
        self.publish(opened, self.enrollment)
        self.publish(
            IdentityVerified(person_id=self.person, verification_id="v", evidence=EVIDENCE), self.person
        )
        return self

    def enter(self, lesson: str, start_check: bool = True) -> "World":
        self._sessions[lesson] += 1
        self.lesson, self.session = lesson, f"{self.enrollment}-{lesson}-{self._sessions[lesson]}"
        self.report = self.position = 0
        unforeseen = any("unforeseen" in check_id for check_id in self.checks[lesson])
        entered = LessonEntered(
            **self.where(), duration_ms=DURATION_MS, covered_ms=self.covered[lesson].count(1),
            unforeseen_check_passed=unforeseen, check_deadline_s=60, check_attempts=3, cooldown_s=600,
        )  # fmt: skip
        self.publish(entered, self.enrollment)
        self._draw(entered)
        return self.ask(Moment.START).answer(Moment.START) if start_check else self

    def ask(self, moment: Moment) -> "World":
        self.publish(FaceCheckRequested(**self.check(moment), deadline=self.later(60_000)), self.session)
        return self

    def answer(self, moment: Moment, after_ms: int = 700) -> "World":
        self.wait(after_ms)
        self.publish(FaceCheckPassed(**self.check(moment), evidence=EVIDENCE), self.session)
        self.checks[self.lesson].append(self.check(moment)["check_id"])
        self.anchor, self.carry = self.now, 0
        return self

    def fail(self, moment: Moment) -> "World":
        self.publish(FaceCheckFailed(**self.check(moment), reason="mismatch", evidence=None), self.session)
        return self

    def play(self, ms: int, took: int | None = None) -> "World":
        """A report of `ms` of video after `took` ms of time, credited when there is budget."""
        self.wait(ms if took is None else took)
        budget = self.carry + (self.now - self.anchor) // timedelta(milliseconds=1)
        until = min(self.position + ms, DURATION_MS)
        self.report += 1
        if until - self.position > budget:
            return self._refuse(until, "too_fast")
        self.covered[self.lesson][self.position : until] = b"\1" * (until - self.position)
        self.publish(self._credit(until, budget), self.enrollment)
        self.carry = min(budget - (until - self.position), POLICY.carry_s * 1000)
        self.position, self.anchor = until, self.now
        return self

    def complete(self) -> "World":
        done = LessonCompleted(
            enrollment_id=self.enrollment, person_id=self.person, lesson_id=self.lesson,
            kind=LESSONS[self.lesson], credited_ms=self.covered[self.lesson].count(1),
            check_ids=list(self.checks[self.lesson]),
        )  # fmt: skip
        self.publish(done, self.enrollment)
        return self

    def finish(self) -> "World":
        compulsory, elective = (self.covered[lesson].count(1) for lesson in LESSONS)
        study = StudyCompleted(
            enrollment_id=self.enrollment, person_id=self.person, compulsory_ms=compulsory,
            elective_ms=elective, lesson_ids=list(LESSONS),
            check_ids=[check_id for ids in self.checks.values() for check_id in ids],
            started_at=START, completed_at=self.now,
        )  # fmt: skip
        self.publish(study, self.enrollment)
        audited = HoursAudited(
            enrollment_id=self.enrollment, person_id=self.person, organisation="武汉", verdict=Verdict.CLEAN,
            compulsory_hours=1, elective_hours=1, findings=[],
        )  # fmt: skip
        self.publish(audited, self.enrollment)
        return self

    def study(self) -> "World":
        """The whole study of an honest learner."""
        self.open()
        for lesson in LESSONS:
            self.enter(lesson).play(3_000).play(3_000)
            self.ask(Moment.UNFORESEEN).answer(Moment.UNFORESEEN)
            self.play(3_000).play(3_000).play(3_000).complete()
        return self.finish()

    # ---- what the steps are made of ----

    def wait(self, ms: int) -> "World":
        self.now = self.later(ms)
        return self

    def later(self, ms: int) -> datetime:
        return self.now + timedelta(milliseconds=ms)

    def where(self) -> dict[str, Any]:
        ids = {"enrollment_id": self.enrollment, "person_id": self.person}
        return {**ids, "lesson_id": self.lesson, "session_id": self.session}

    def check(self, moment: Moment) -> dict[str, Any]:
        return {**self.where(), "check_id": f"{self.session}-{moment}", "moment": moment}

    def publish(self, event: Event, subject: str) -> None:
        source = producer_of(type(event))
        self._sequences[source, subject] += 1
        sequence = self._sequences[source, subject]
        meta = Meta(
            id=hashlib.sha256(f"{source}/{subject}/{sequence}/{self.enrollment}".encode()).hexdigest()[:32],
            source=source, type=event.TYPE, subject=subject, sequence=sequence, time=self.now,
            traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
        )  # fmt: skip
        self.events.append(replace(event, meta=meta))

    def bodies(self) -> list[bytes]:
        """The envelopes as they are published."""
        return [encode(event).encode() for event in self.events]

    def _credit(self, until: int, budget: int) -> PlaybackCredited:
        return PlaybackCredited(
            **self.where(), report=self.report, from_ms=self.position, to_ms=until, anchored_at=self.anchor,
            received_at=self.now, budget_ms=budget, covered_ms=self.covered[self.lesson].count(1),
        )  # fmt: skip

    def _refuse(self, until: int, reason: str) -> "World":
        refused = PlaybackRefused(
            **self.where(),
            report=self.report,
            from_ms=self.position,
            to_ms=until,
            received_at=self.now,
            reason=reason,
        )
        self.publish(refused, self.enrollment)
        self.anchor, self.carry = self.now, 0
        return self

    def _draw(self, entered: LessonEntered) -> None:
        """Commit to a seed and, to keep the world short, reveal it at once."""
        seed = hashlib.sha256(self.session.encode()).digest()
        ids = {"session_id": self.session, "enrollment_id": self.enrollment}
        drawn = ScheduleDrawn(**ids, lesson_id=self.lesson, seed_hash=hashlib.sha256(seed).hexdigest())
        self.publish(drawn, self.session)
        rest = entered.duration_ms - entered.covered_ms
        draw = int.from_bytes(hmac.digest(seed, self.session.encode(), "sha256")[:8], "big")
        low, high = rest // 10, rest * 90 // 100
        moment = entered.covered_ms + (low + draw * (high - low + 1) // 2**64 if rest > 2_000 else 0)
        at = None if entered.unforeseen_check_passed else moment
        self.publish(ScheduleRevealed(**ids, seed=seed.hex(), unforeseen_at_ms=at), self.session)


def changed(events: list[Event], kind: type[Event], nth: int = 0, /, **fields: Any) -> list[Event]:
    """The same log with one event of a kind changed."""
    positions = [position for position, event in enumerate(events) if isinstance(event, kind)]
    copy = list(events)
    copy[positions[nth]] = replace(copy[positions[nth]], **fields)
    return copy

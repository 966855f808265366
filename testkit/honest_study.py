"""The log of honest studies, made cheaply: what is published about learners who watch everything (R17, R23).

Events are JSON envelopes in the order in which they are committed. Everything follows from the numbers that
are passed in; nothing is drawn at random.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.events.terms import LessonKind, StudyPolicy

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
FEE_FEN = 60_000
ANSWER = {"outcome": "match", "model": "Dlib", "model_version": "0" * 64}  # of the face worker
BATCH_MS = 300_000  # the oldest report of a batch is at most so old
MIN_REST_MS = 2_000  # with no more video left, the unforeseen check falls due at once
ACCEPTED = {"rate": 1.0, "refusal": None}


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course whose lessons are equally long; the first half of them is compulsory."""

    lessons: int
    lesson_ms: int
    course_id: str = "course-1"

    @property
    def plan_id(self) -> str:
        """Of the plan of this course."""
        return f"plan-{self.course_id}"

    @property
    def policy(self) -> StudyPolicy:
        """A plan that asks for all of it: one 学时 is one lesson."""
        compulsory = (self.lessons + 1) // 2
        return StudyPolicy(
            hour_seconds=max(1, self.lesson_ms // 1000),
            compulsory_hours=compulsory,
            elective_hours=self.lessons - compulsory,
        )

    def kind(self, number: int) -> LessonKind:
        """Of lesson number 0, 1, 2 …"""
        return LessonKind.COMPULSORY if number < self.policy.compulsory_hours else LessonKind.ELECTIVE

    def plan(self) -> bytes:
        """培训计划发布."""
        data = {
            "plan_id": self.plan_id, "organisation": "wuhan-cost", "batch": "2026-03",
            "category": "level_two", "specialty": "土木建筑", "course_id": self.course_id, "seats": 10_000,
            "fee_fen": FEE_FEN,
            "registration_from": START.isoformat(), "class_opens_at": START.isoformat(),
            "registration_until": (START + timedelta(days=30)).isoformat(), "policy": asdict(self.policy),
        }  # fmt: skip
        return _envelope("enrollment.plan.published.v1", self.plan_id, 1, START, data)

    def published(self) -> bytes:
        """课程发布."""
        lessons = [
            {"lesson_id": f"{self.course_id}-{number}", "title": f"第{number + 1}课",
             "kind": self.kind(number), "duration_ms": self.lesson_ms, "video_sha256": "0" * 64,
             "questions": 1}
            for number in range(self.lessons)
        ]  # fmt: skip
        data = {"course_id": self.course_id, "title": "工程造价", "organisation": "wuhan-cost",
                "specialty": "土木建筑", "lessons": lessons}  # fmt: skip
        return _envelope("learning.course.published.v1", self.course_id, 1, START, data)


class HonestStudy:
    """One learner's study of a course, from the declaration to the last lesson."""

    def __init__(self, course: Course, number: int = 1, start: datetime = START) -> None:
        self.enrollment_id, self.person_id = f"enrollment-{number}", f"person-{number}"
        self._course, self._ids = course, {"enrollment_id": self.enrollment_id, "person_id": self.person_id}
        self.now = start
        self._sequences: Counter[tuple[str, str]] = Counter()
        self._checks: list[str] = []

    def bodies(self) -> Iterator[bytes]:
        """All of it."""
        yield from self._opening()
        started = self.now
        for number in range(self._course.lessons):
            yield from self._lesson(number)
        yield self._end(started)

    # ---- before and after ----

    def _opening(self) -> Iterator[bytes]:
        ids, enrolment, course = self._ids, self.enrollment_id, self._course
        declared = {
            **ids, "plan_id": course.plan_id, "organisation": "wuhan-cost", "batch": "2026-03",
            "category": "level_two", "specialty": "土木建筑", "fee_fen": FEE_FEN, "photo_id": "photo-1",
            "personal": "sealed",
        }  # fmt: skip
        yield self._event("enrollment.declaration.submitted.v1", enrolment, declared)
        order = f"order-{self.enrollment_id}"
        paid = {**ids, "order_id": order, "amount_fen": FEE_FEN, "channel": "wechat",
                "transaction_id": f"t-{enrolment}", "paid_at": self._iso()}  # fmt: skip
        yield self._event("payment.fee.confirmed.v1", order, paid, after_ms=3_000)
        yield self._event("enrollment.declaration.approved.v1", enrolment, {**ids, "reviewer_id": "staff-1"})
        opened = {
            **ids, "plan_id": course.plan_id, "course_id": course.course_id, "specialty": "土木建筑",
            "opened_at": self._iso(), "closes_at": (START + timedelta(days=92)).isoformat(),
            "policy": asdict(course.policy),
        }  # fmt: skip
        yield self._event("enrollment.learning.opened.v1", enrolment, opened)
        consent = {"person_id": self.person_id, "text_version": "2026-01"}
        yield self._event("proctor.consent.given.v1", self.person_id, consent)
        yield from self._judged("liveness", self.person_id, "v-1", "declared/1.jpg")
        verified = {"person_id": self.person_id, "verification_id": "v-1",
                    "evidence": self._evidence("v-1", {"blink": 0.12})}  # fmt: skip
        yield self._event("proctor.identity.verified.v1", self.person_id, verified)
        self._wait(5_000)

    def _end(self, started: datetime) -> bytes:
        course, ms = self._course, self._course.lesson_ms
        kinds = Counter(course.kind(number) for number in range(course.lessons))
        data = {
            **self._ids, "compulsory_ms": kinds[LessonKind.COMPULSORY] * ms,
            "elective_ms": kinds[LessonKind.ELECTIVE] * ms,
            "lesson_ids": [f"{course.course_id}-{number}" for number in range(course.lessons)],
            "check_ids": self._checks, "started_at": started.isoformat(), "completed_at": self._iso(),
        }  # fmt: skip
        return self._event("learning.study.completed.v1", self.enrollment_id, data)

    # ---- a lesson ----

    def _lesson(self, number: int) -> Iterator[bytes]:
        duration, lesson = self._course.lesson_ms, f"{self._course.course_id}-{number}"
        session = f"{self.enrollment_id}-{number}"
        where = {**self._ids, "lesson_id": lesson, "session_id": session}
        entered = {
            **where, "duration_ms": duration, "covered_ms": 0, "unforeseen_check_passed": False,
            "check_deadline_s": 60, "check_attempts": 3, "cooldown_s": 600,
        }  # fmt: skip
        yield self._event("learning.lesson.entered.v1", session, entered)
        seed, value = (hashlib.sha256(f"{what}/{session}".encode()).digest() for what in ("seed", "value"))
        promise = hashlib.sha256(seed).hexdigest()
        drawn = {"session_id": session, "enrollment_id": self.enrollment_id, "lesson_id": lesson,
                 "seed_hash": promise}  # fmt: skip
        yield self._event("proctor.schedule.drawn.v1", session, drawn, after_ms=40)
        mixed = {**where, "seed_hash": promise, "value": value.hex()}
        yield self._event("learning.schedule.mixed.v1", session, mixed, after_ms=40)
        moment = _moment(seed, session, value.hex(), duration)
        yield from self._check(where, "start")
        playing = _Playing(self, where, anchor=self._later(30))
        yield from playing.until(moment)
        due = {**where, "covered_ms": moment, "reached_at": self._iso()}
        yield self._event("learning.check.due.v1", session, due)
        yield from self._check(where, "unforeseen")
        playing.reopen(self._later(30))
        yield from playing.until(duration)
        ended = {**where, "ending": "completed", "covered_ms": duration, "reports": playing.number,
                 "ended_at": self._iso(), "check_id": None}  # fmt: skip
        yield self._event("learning.session.ended.v1", session, ended)
        revealed = {"session_id": session, "enrollment_id": self.enrollment_id, "seed": seed.hex(),
                    "unforeseen_at_ms": moment}  # fmt: skip
        yield self._event("proctor.schedule.revealed.v1", session, revealed, after_ms=60)
        answered = {**self._ids, "lesson_id": lesson, "question_id": f"{lesson}-q1", "correct": True,
                    "quiz_done": True}  # fmt: skip
        yield self._event("learning.quiz.answered.v1", self.enrollment_id, answered, after_ms=20_000)
        checks = [f"{session}-start", f"{session}-unforeseen"]
        self._checks += checks
        completed = {**self._ids, "lesson_id": lesson, "kind": self._course.kind(number),
                     "credited_ms": duration, "check_ids": checks}  # fmt: skip
        yield self._event("learning.lesson.completed.v1", self.enrollment_id, completed)
        self._wait(10_000)

    def _check(self, where: dict[str, Any], moment: str) -> Iterator[bytes]:
        session = where["session_id"]
        check = {**where, "check_id": f"{session}-{moment}", "moment": moment}
        self._wait(40)
        asked = {**check, "deadline": (self.now + timedelta(seconds=60)).isoformat()}
        yield self._event("proctor.check.requested.v1", session, asked)
        self._wait(3_000)
        yield from self._judged("check", session, check["check_id"], "reference/1.jpg")
        passed = {**check, "evidence": self._evidence(check["check_id"], {}), "lease": "sealed"}
        yield self._event("proctor.check.passed.v1", session, passed, after_ms=40)

    def _judged(self, kind: str, subject: str, id: str, reference: str) -> Iterator[bytes]:
        """The pictures that were sent, and what the face worker says of them."""
        job = {"job_id": f"{self.person_id}-{id}", "kind": kind}
        queued = {
            **job, "owner": self.person_id, "frame_keys": [self._picture(id)],
            "reference_key": f"persons/{self.person_id}/{reference}",
            "prompts": ["blink"] if kind == "liveness" else [],
        }  # fmt: skip
        yield self._event("proctor.job.queued.v1", subject, queued)
        done = {**job, **ANSWER, "figures": {"distance": 0.31}}
        yield self._event("proctor.job.done.v1", f"{job['job_id']}:done", done, after_ms=400)

    def _evidence(self, id: str, liveness: dict[str, float]) -> dict[str, Any]:
        return {
            **ANSWER, "distance": 0.31, "threshold": 0.6, "liveness": liveness, "antispoof": "real",
            "object_keys": [self._picture(id)],
        }  # fmt: skip

    def _picture(self, id: str) -> str:
        return f"persons/{self.person_id}/pictures/{id}/0"

    # ---- what the steps are made of ----

    def record(
        self, where: dict[str, Any], anchor: datetime, reports: list[dict[str, Any]], **figures: int
    ) -> bytes:
        """播放记录."""
        data = {
            **where, **figures, "anchored_at": anchor.isoformat(), "reports": reports, "refusals_left_out": 0,
        }  # fmt: skip
        return self._event("learning.playback.recorded.v1", where["session_id"], data)

    def wait(self, ms: int) -> None:
        """Let wall clock pass."""
        self._wait(ms)

    def _wait(self, ms: int) -> None:
        self.now = self._later(ms)

    def _later(self, ms: int) -> datetime:
        return self.now + timedelta(milliseconds=ms)

    def _iso(self) -> str:
        return self.now.isoformat()

    def _event(self, type_: str, subject: str, data: dict[str, Any], after_ms: int = 0) -> bytes:
        self._wait(after_ms)
        key = (type_.partition(".")[0], subject)
        self._sequences[key] += 1
        return _envelope(type_, subject, self._sequences[key], self.now, data)


class _Playing:
    """The reports of one session; time is banked as learning banks it (R23)."""

    def __init__(self, study: HonestStudy, where: dict[str, Any], anchor: datetime) -> None:
        self._study, self._where, self._period_ms = study, where, 15_000
        self.number = self._batch = self._position = self._bank = 0
        study.now = self._anchor = anchor

    def reopen(self, anchor: datetime) -> None:
        """Another check was passed; what was unspent is kept."""
        self._study.now = self._anchor = anchor

    def until(self, end: int) -> Iterator[bytes]:
        """Play to this position; the batches that hold the reports."""
        study, reports = self._study, list[dict[str, Any]]()
        anchor, bank = self._anchor, self._bank
        opened = study.now
        while self._position < end:
            study.wait(self._period_ms)
            paid = min(self._period_ms, end - self._position)
            self.number += 1
            self._bank = min(self._bank + self._period_ms - paid, 60_000)
            reports.append({
                "number": self.number, "from_ms": self._position, "to_ms": self._position + paid,
                "received_at": study.now.isoformat(), "paid_ms": paid, "credited_ms": paid, **ACCEPTED,
            })  # fmt: skip
            self._position += paid
            if study.now - opened >= timedelta(milliseconds=BATCH_MS) or self._position == end:
                self._batch += 1
                figures = {"batch": self._batch, "bank_ms": bank, "covered_ms": self._position}
                yield study.record(self._where, anchor, reports, **figures)
                reports, anchor, bank, opened = [], study.now, self._bank, study.now


def _moment(seed: bytes, session: str, value: str, rest: int) -> int:
    """When the unforeseen check falls due, in ms of credited video (docs/adr/0014)."""
    if rest <= MIN_REST_MS:
        return 0
    draw = int.from_bytes(hmac.digest(seed, f"{session}:{value}".encode(), "sha256")[:8], "big")
    low, high = rest * 10 // 100, rest * 90 // 100
    return low + draw * (high - low + 1) // 2**64


def _envelope(type_: str, subject: str, sequence: int, time: datetime, data: dict[str, Any]) -> bytes:
    source = type_.partition(".")[0]
    envelope = {
        "specversion": "1.0", "id": hashlib.md5(f"{source}/{subject}/{sequence}".encode()).hexdigest(),  # noqa: S324
        "source": source, "type": type_, "subject": subject, "time": time.isoformat(),
        "sequence": f"{sequence:010d}", "datacontenttype": "application/json",
        "traceparent": f"00-{hashlib.md5(subject.encode()).hexdigest()}-{'b' * 16}-01",  # noqa: S324
        "data": data,
    }  # fmt: skip
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()

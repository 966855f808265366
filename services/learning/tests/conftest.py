"""The learning api on real MongoDB and S3, with tokens signed by the test key and a clock that tests move."""

import json
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pymongo import monitoring

from services.learning.api import app
from services.learning.api.dependencies import current_time
from services.learning.domain import Course, Learner, PassedCheck, PlaySession, Study
from services.learning.runtime import LearningApiRuntime
from services.learning.tests.builders import NOON, START, a_course, a_lesson, a_question, opened
from services.learning.tests.commands import CommandLog
from shared.events.proctor import Moment
from shared.events.terms import LessonKind, Role
from testkit.serving import in_process
from testkit.tokens import bearer


@pytest.fixture(scope="session")
def commands() -> CommandLog:
    """What is sent to MongoDB from here on."""
    log = CommandLog()
    monitoring.register(log)
    return log


@pytest.fixture(scope="session")
def client(servers: Any, commands: CommandLog) -> Iterator[TestClient]:
    """The api, opened on the real servers."""
    with in_process(app, servers.env_for("learning")) as opened_client:
        yield opened_client


@pytest.fixture(scope="session")
def runtime(client: TestClient) -> LearningApiRuntime:
    """What the api's process holds."""
    held: LearningApiRuntime = app.state.runtime
    return held


@pytest.fixture(scope="session")
def sign(servers: Any) -> Any:
    """Make the headers of a caller: `sign("learner", person="p1")`."""
    private_key = servers.stack.credentials.ec_pair("token").private
    return lambda role, **claims: bearer(private_key, Role(role), **claims)


class Desk:
    """One learner with one open study at the api, and the clock on the wall."""

    def __init__(self, client: TestClient, runtime: LearningApiRuntime, sign: Any) -> None:
        self.client, self.runtime, self.sign, self.now = client, runtime, sign, NOON
        self.person = secrets.token_hex(8)
        self.header = self.login("phone")
        self.courses, self.studies, self.learners = runtime.courses, runtime.studies, runtime.learners
        self.sessions = runtime.sessions
        self.course = self.courses.add(_course())
        self.study = self.open_study()
        self.url = f"/api/learning/enrollments/{self.study.id}"

    def open_study(self, **changes: Any) -> Study:
        """One more study of this learner."""
        whose = {"enrollment_id": secrets.token_hex(8), "person_id": self.person}
        event = opened(course_id=self.course.id, **whose, **changes)
        return self.studies.add(Study.open(event, self.course))

    def login(self, device: str) -> dict[str, str]:
        """The headers of the same learner on this device."""
        headers: dict[str, str] = self.sign("learner", person=self.person, sid=device)
        return headers

    def verify(self) -> None:
        """The learner's identity is verified."""
        self.learners.upsert(Learner(id=self.person), lambda learner: learner.verify())

    def wait(self, seconds: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(self.url + path, headers=self.header | options.pop("headers", {}), **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Any:
        return self.client.post(self.url + path, json=json, headers=self.header, **options)

    def enter(self, lesson: str = "common", **how: Any) -> str:
        answer = self.post(f"/lessons/{lesson}/sessions", how or None)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["session_id"])

    def pass_check(self, session: str, moment: Moment = START, lease_s: float = 12) -> None:
        """A check of the session is passed, now."""
        check = PassedCheck(check_id=f"{session}-{moment}", moment=moment)
        lease_ms = round(lease_s * 1000)

        def change(session: PlaySession) -> None:
            session.pass_check(check, lease_ms=lease_ms, passed_at=self.now, now=self.now)

        self.sessions.update(session, change)

    def play(self, lesson: str = "common", lease_s: float = 12) -> str:
        """A new session that has passed its start check."""
        session = self.enter(lesson)
        self.pass_check(session, START, lease_s)
        return session

    def report(self, session: str, report: int, from_s: float, to_s: float, rate: float = 1) -> Any:
        body = {"report": report, "from_ms": round(from_s * 1000), "to_ms": round(to_s * 1000), "rate": rate}
        return self.post(f"/sessions/{session}/reports", body)

    def stored(self) -> Any:
        """Everything that is kept of this learner, to see that nothing changed."""
        mine = {"person_id": self.person}
        studies, sessions = (rows.rows.find(mine).sort("_id", 1) for rows in (self.studies, self.sessions))
        return [*studies, *sessions, self.learners.rows.find_one({"_id": self.person})]

    def events(self, session: str) -> list[dict[str, Any]]:
        """What a session has recorded and nobody has published yet: the type and the data of each event."""
        outbox = self.sessions.rows.find_one({"_id": session})["outbox"]
        return [{"type": entry["type"], **json.loads(entry["body"])["data"]} for entry in outbox]


def _course() -> Course:
    id = secrets.token_hex(8)
    special = a_lesson("special", kind=LessonKind.ELECTIVE)
    return a_course(a_lesson(quiz=[a_question()]), special, id=id, events=[])


@pytest.fixture
def desk(client: TestClient, runtime: LearningApiRuntime, sign: Any) -> Iterator[Desk]:
    """A learner, not verified yet, with a course of two lessons."""
    made = Desk(client, runtime, sign)
    app.dependency_overrides[current_time] = lambda: made.now
    yield made
    app.dependency_overrides.clear()


@pytest.fixture
def verified(desk: Desk) -> Desk:
    """A learner whose identity is verified."""
    desk.verify()
    return desk


def problem_of(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that the answer must be (RFC 9457)."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    return body

"""A learner's seat: the API as a player sees it, without any kindness: no repeats, nothing hidden."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from testkit.actors.camera import Camera
from testkit.actors.client import Client, Refusal
from testkit.waiting import poll
from tests.faults.visitor import Visitor

CHECK_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back: the body of a success, or the problem."""

    status: int
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether it was accepted."""
        return self.status < 400

    @property
    def code(self) -> str:
        """The code of the problem; empty when it was accepted."""
        return "" if self.ok else str(self.body.get("code", ""))

    @property
    def facts(self) -> dict[str, Any]:
        """Where to go on: of a success, or of a refusal."""
        facts: dict[str, Any] = self.body if self.ok else self.body.get("facts", {})
        return facts


@dataclass
class Seat:
    """One login in front of one lesson. `played_s`: wall clock in which this seat was let play."""

    person: Visitor
    client: Client
    lesson_id: str
    camera: Camera
    session: dict[str, Any] = field(default_factory=dict)
    next_report: int = 1
    position_ms: int = 0
    allowed_s: float = 0.0
    _plays_since: float | None = None

    @property
    def study(self) -> str:
        """The path of the enrolment."""
        return f"/api/learning/enrollments/{self.person.enrollment_id}"

    @property
    def session_path(self) -> str:
        """The path of the session that was entered last."""
        return f"{self.study}/sessions/{self.session.get('session_id', 'none')}"

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """One request. A problem is an answer like any other."""
        try:
            options = more | ({"json": body} if body is not None else {})
            answer = self.client.send(method, path, **options)
            return Answer(answer.status_code, answer.json() if answer.content else {})
        except Refusal as refusal:
            return Answer(refusal.status, refusal.problem)

    def enter(self, *, take_over: bool = False) -> Answer:
        """进入课程."""
        answer = self.ask("POST", f"{self.study}/lessons/{self.lesson_id}/sessions", {"take_over": take_over})
        if answer.ok:
            self.session = answer.body
            self.next_report, self.position_ms = answer.body["next_report"], answer.body["position_ms"]
        return answer

    def state(self) -> str:
        """awaiting_check, playing or ended."""
        return str(self.ask("GET", self.session_path).body.get("state", ""))

    def pass_check(self) -> bool:
        """Wait for a face check, answer it, wait until the session plays; whether it does."""
        self.stopped()
        check = poll(self._requested, CHECK_SECONDS, 0.2)
        if not check:
            return False
        frame = {"frame": ("frame.jpg", self.camera.look(), "image/jpeg")}
        self.plays()  # a little early: an honest viewer waits for the verdict
        self.ask("POST", f"/api/proctor/checks/{check['check_id']}/answer", files=frame)
        if poll(lambda: self.state() != "awaiting_check" or self._requested(), CHECK_SECONDS, 0.2):
            return True
        self.stopped()
        return False

    def report(
        self, from_ms: int, to_ms: int, *, number: int | None = None, rate: float = 1.0, session: str = ""
    ) -> Answer:
        """进度报告, as it is."""
        body = {"report": number or self.next_report, "from_ms": from_ms, "to_ms": to_ms, "rate": rate}
        path = f"{self.study}/sessions/{session}/reports" if session else f"{self.session_path}/reports"
        answer = self.ask("POST", path, body)
        if "next_report" in answer.facts and not session:
            self.next_report, self.position_ms = answer.facts["next_report"], answer.facts["position_ms"]
        if answer.facts.get("state") in ("awaiting_check", "ended"):
            self.stopped()
        return answer

    def plays(self) -> None:
        """From now on an honest viewer would earn time."""
        if self._plays_since is None:
            self._plays_since = time.monotonic()

    def stopped(self) -> None:
        """An honest viewer would not earn time any more."""
        if self._plays_since is not None:
            self.allowed_s += time.monotonic() - self._plays_since
            self._plays_since = None

    @property
    def allowed_so_far_s(self) -> float:
        """Wall clock up to now in which this seat was let play."""
        since = 0.0 if self._plays_since is None else time.monotonic() - self._plays_since
        return self.allowed_s + since

    def covered_ms(self) -> int:
        """What the study says is credited."""
        lessons = self.ask("GET", self.study).body["lessons"]
        return int(next(each for each in lessons if each["lesson_id"] == self.lesson_id)["covered_ms"])

    def _requested(self) -> dict[str, Any] | None:
        path = f"/api/proctor/checks?session_id={self.session['session_id']}"
        checks: Any = self.ask("GET", path).body
        return next((check for check in checks if check["state"] == "requested"), None)


def sit_down(person: Visitor, *, other_login: bool = False, client: Client | None = None) -> Seat:
    """A seat of the person in the first lesson; with `other_login` on another device, or at this client."""
    if client is None:
        person.study()  # the patient client logs in again when its token has expired
        client = Client(person.office.url, person.learner.client.token)
    client.trace_id = secrets.token_hex(16)
    if other_login:
        client.token = None
        body = {"username": person.learner.person.id_number, "password": person.learner.person.password}
        client.token = client.post("/api/identity/tokens", body)["access_token"]
    lessons = client.get(f"/api/learning/enrollments/{person.enrollment_id}")["lessons"]
    return Seat(person, client, lessons[0]["lesson_id"], person.camera)

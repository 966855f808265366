"""The learner's video player in the demo."""

import time
from dataclasses import dataclass, field
from typing import Any

from testkit.actors.client import Refusal, until
from testkit.actors.learner import Learner


@dataclass
class Player:
    """The learner's player in one lesson: real time passes, positions are reported, checks are answered."""

    learner: Learner
    lesson_id: str
    period_s: int = 0
    position_ms: int = 0
    report_number: int = 0
    session_id: str = ""
    checks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def _study(self) -> str:
        return f"/api/learning/enrollments/{self.learner.enrollment_id}"

    @property
    def _session(self) -> str:
        return f"{self._study}/sessions/{self.session_id}"

    def enter(self) -> None:
        """进入课程: a new session, which begins with a face check."""
        path = f"{self._study}/lessons/{self.lesson_id}/sessions"
        started = self.learner.client.post(path)
        self.session_id, self.report_number = started["session_id"], 0
        self.period_s, self.position_ms = started["report_period_s"], started["position_ms"]

    def video(self) -> bytes:
        """The lesson's video, as the player loads it."""
        return self.learner.client.send("GET", f"{self._study}/lessons/{self.lesson_id}/video").content

    def state(self) -> str:
        """The session's state: awaiting_check, playing, paused, ended."""
        return str(self.learner.client.get(self._session)["state"])

    def answer_check(self, frame: bytes) -> dict[str, Any]:
        """人脸核验: answer the pending check; returns it once it is decided."""
        client = self.learner.client
        pending = until("a face check", self._pending)
        path = f"/api/proctor/checks/{pending['check_id']}"
        client.post(f"{path}/answer", files={"frame": ("frame.jpg", frame, "image/jpeg")})
        decided: dict[str, Any] = until("the verdict", lambda: self._verdict(path))
        self.checks.append(decided)
        return decided

    def pass_check(self, frame: bytes) -> None:
        """Answer the pending check and wait until the lesson plays on, or asks for the next one."""
        decided = self.answer_check(frame)
        assert decided["state"] == "passed", decided
        until("the lesson to play", lambda: self.state() != "awaiting_check" or self._pending())

    def watch(self, seconds: float, rate: float = 1.0) -> dict[str, Any] | None:
        """Play for so many real seconds, then report; None when a check has come up meanwhile."""
        time.sleep(seconds)  # the learner watches: real time is what the report claims
        return self.send(self.position_ms, self.position_ms + int(seconds * 1000), rate)

    def send(self, from_ms: int, to_ms: int, rate: float = 1.0) -> dict[str, Any] | None:
        """Report what was played; None when the lesson waits for a face check."""
        body = {"report": self.report_number + 1, "from_ms": from_ms, "to_ms": to_ms, "rate": rate}
        try:
            answer: dict[str, Any] = self.learner.client.post(f"{self._session}/reports", body)
        except Refusal as refusal:
            if refusal.code != "check.pending":
                raise
            return None
        self.report_number, self.position_ms = self.report_number + 1, to_ms
        return answer

    def watch_until_check(self, duration_ms: int) -> None:
        """Watch until a check has come up, the lesson is complete, or the video ends."""
        while self.position_ms < duration_ms:
            answer = self.watch(min(self.period_s, (duration_ms - self.position_ms) / 1000))
            if answer is None or answer["state"] != "playing":
                return

    def watch_to_the_end(self, duration_ms: int, frame: bytes) -> None:
        """Watch what is left, answering the checks that come up on the way."""
        while self.position_ms < duration_ms and self.state() != "ended":
            self.watch_until_check(duration_ms)
            if self.state() == "awaiting_check":
                self.pass_check(frame)

    def answer_quiz(self, wrong_first: bool) -> int:
        """答题; returns the number of wrong answers given before the right ones."""
        client, wrong = self.learner.client, 0
        path = f"{self._study}/lessons/{self.lesson_id}/quiz"
        for question in client.get(path)["questions"]:
            options = range(len(question["options"]))
            for option in reversed(options) if wrong_first else options:
                body = {"question_id": question["question_id"], "option": option}
                if client.post(f"{path}/answers", body)["correct"]:
                    break
                wrong += 1
        return wrong

    def _pending(self) -> dict[str, Any] | None:
        checks = self.learner.client.get("/api/proctor/checks", session_id=self.session_id)
        return next((check for check in checks if check["state"] == "requested"), None)

    def _verdict(self, path: str) -> dict[str, Any] | None:
        check: dict[str, Any] = self.learner.client.get(path)
        return check if check["state"] in ("passed", "failed") else None

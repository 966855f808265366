"""The learner's video player in the demo."""

import time
from dataclasses import dataclass, field
from typing import Any

from testkit.actors.client import until
from testkit.actors.learner import Learner


@dataclass
class Player:
    """The learner's player in one lesson: real time passes, positions are reported, checks are answered.

    `played_ms` is where the video is, `position_ms` what the server says that the next report claims from.
    """

    learner: Learner
    lesson_id: str
    period_s: int = 0
    played_ms: int = 0
    position_ms: int = 0
    next_report: int = 1
    session_id: str = ""
    checks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def _study(self) -> str:
        return f"/api/learning/enrollments/{self.learner.enrollment_id}"

    @property
    def _session(self) -> str:
        return f"{self._study}/sessions/{self.session_id}"

    def enter(self, *, take_over: bool = False) -> None:
        """进入课程: a session that begins with a face check, or the one that goes on here already."""
        path = f"{self._study}/lessons/{self.lesson_id}/sessions"
        started = self.learner.client.post(path, {"take_over": take_over})
        self.session_id, self.period_s = started["session_id"], started["report_period_s"]
        self.next_report = started["next_report"]
        self.position_ms = self.played_ms = started["position_ms"]

    def video(self) -> bytes:
        """The lesson's video, as the player loads it."""
        return self.learner.client.send("GET", f"{self._study}/lessons/{self.lesson_id}/video").content

    def state(self) -> str:
        """The session's state: awaiting_check, playing, ended."""
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

    def watch(self, seconds: float, rate: float = 1.0) -> dict[str, Any]:
        """Play for so many real seconds, then report what was played and not credited yet. Raises Refusal."""
        time.sleep(seconds)  # the learner watches: real time is what the report claims
        self.played_ms += int(seconds * 1000)
        return self.send(self.position_ms, self.played_ms, rate)

    def send(self, from_ms: int, to_ms: int, rate: float = 1.0) -> dict[str, Any]:
        """Report what was played. Raises Refusal."""
        body = {"report": self.next_report, "from_ms": from_ms, "to_ms": to_ms, "rate": rate}
        answer: dict[str, Any] = self.learner.client.post(f"{self._session}/reports", body)
        self.next_report, self.position_ms = answer["next_report"], answer["position_ms"]
        return answer

    def watch_until_check(self, duration_ms: int) -> dict[str, Any]:
        """Watch until a check is due or the session has ended; the last answer."""
        while True:
            left_s = max(0.0, (duration_ms - self.played_ms) / 1000)
            answer = self.watch(min(self.period_s, left_s or 0.5))
            self.played_ms = min(self.played_ms, duration_ms)
            if answer["state"] != "playing":
                return answer

    def watch_to_the_end(self, duration_ms: int, frame: bytes) -> None:
        """Watch what is left, answering the checks that come up on the way."""
        while (state := self.state()) != "ended":
            if state == "awaiting_check":
                self.pass_check(frame)
            else:
                self.watch_until_check(duration_ms)

    def answer_quiz(self, wrong_first: bool) -> int:
        """答题: each question is answered; with `wrong_first` wrongly and then rightly. The wrong answers."""
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

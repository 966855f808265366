"""A player that goes on through face checks, lost answers and sessions that have ended."""

import time
from collections.abc import Callable
from typing import Any

from testkit.actors.camera import Camera
from testkit.actors.client import Refusal
from testkit.actors.learner import Learner
from testkit.actors.player import Player

PAUSE_SECONDS, ASK_SECONDS = 0.5, 2.0
OPEN = ("cooling", "requested", "examining")
Note = Callable[..., None]


class Viewer:
    """Watches lessons in real time and reports every `report_seconds`; each answer is noted."""

    def __init__(self, learner: Learner, camera: Camera, report_seconds: float, note: Note) -> None:
        self._learner, self._camera, self._note = learner, camera, note
        self._report_seconds, self._asked_at = report_seconds, 0.0

    def sit(self, lesson_id: str, until: float) -> None:
        """One session: to the end of the lesson, of the session, or of the time. Raises Refusal, TooSlow."""
        player = Player(self._learner, lesson_id)
        player.enter()
        self._note("learning.lesson.entered.v1", session_id=player.session_id)
        player.answer_quiz(wrong_first=False)
        while time.monotonic() < until:
            state = player.state()
            if state in ("paused", "ended"):
                return
            check = self._open_check(player)
            if check or state == "awaiting_check":
                self._face(check)
            else:
                self._watch(player)

    def _open_check(self, player: Player) -> dict[str, Any] | None:
        """The check that proctor waits for or judges; learning may receive its event later."""
        self._asked_at = time.monotonic()
        checks = self._learner.client.get("/api/proctor/checks", session_id=player.session_id)
        return next((check for check in checks if check["state"] in OPEN), None)

    def _face(self, check: dict[str, Any] | None) -> None:
        if check is None or check["state"] != "requested":
            time.sleep(PAUSE_SECONDS)  # the check or its verdict is in transit
            return
        frame = {"frame": ("frame.jpg", self._camera.look(), "image/jpeg")}
        try:
            self._learner.client.post(f"/api/proctor/checks/{check['check_id']}/answer", files=frame)
        except Refusal as refusal:  # an earlier answer has come through
            if refusal.code not in ("check.examining", "check.closed"):
                raise

    def _watch(self, player: Player) -> None:
        """Play the first gap in the covered video; without a gap, wait for the last check or the end."""
        lesson = self._lesson(player)
        start, end = first_gap(lesson["covered"], lesson["duration_ms"])
        if start == end:
            time.sleep(PAUSE_SECONDS)  # a last check comes up, or the end is in transit
            return
        player.position_ms = start
        while player.position_ms < end and not self._is_asked(player):
            left = (end - player.position_ms) / 1000
            answer = player.watch(min(self._report_seconds, left))
            if answer is None:
                return
            self._note_report(player, answer)
            if answer["state"] != "playing" or answer["refused"]:
                return

    def _is_asked(self, player: Player) -> bool:
        """Whether a check has come up; asked every other second, so that nobody plays past it for long."""
        return time.monotonic() > self._asked_at + ASK_SECONDS and self._open_check(player) is not None

    def _note_report(self, player: Player, answer: dict[str, Any]) -> None:
        report = {"session_id": player.session_id, "report": player.report_number}
        if answer["refused"]:
            self._note("learning.playback.refused.v1", **report, reason=answer["refused"])
        else:
            self._note("learning.playback.credited.v1", **report, covered_ms=answer["covered_ms"])

    def _lesson(self, player: Player) -> dict[str, Any]:
        study = self._learner.client.get(f"/api/learning/enrollments/{self._learner.enrollment_id}")
        return next(lesson for lesson in study["lessons"] if lesson["lesson_id"] == player.lesson_id)


def first_gap(covered: list[list[int]], duration_ms: int) -> tuple[int, int]:
    """The first part [start, end) of a video that is not covered; empty when all is."""
    position = 0
    for start, end in covered:
        if start > position:
            return position, start
        position = max(position, end)
    return position, duration_ms

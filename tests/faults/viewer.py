"""A player on a train: jitter, gaps, reloads, another device, lost answers, and face checks in between."""

import time
from collections.abc import Callable
from random import Random
from typing import Any

from testkit.actors.camera import Camera
from testkit.actors.client import Refusal
from testkit.actors.learner import Learner
from testkit.actors.player import Player

PAUSE_SECONDS = 0.5
MAX_LATE_SECONDS, MAX_GAP_SECONDS = 2.0, 30.0
MISHAPS = {"none": 92, "late": 3, "gap": 2, "reload": 2, "device": 1}  # weights, at each report
MAX_QUEUED = 3  # reports that a gap has held back
OPEN = ("cooling", "requested", "examining")
GO_ON = (  # what the player did not know; the answer says where to go on
    "check.pending",
    "session.ended",
    "session.silent",
    "report.out_of_order",
    "report.seek_ahead",
    "report.too_fast",
)
Note = Callable[..., None]


class Viewer:
    """Watches lessons in real time and reports every `report_seconds`; each answer is noted."""

    def __init__(
        self, learner: Learner, camera: Camera, report_seconds: float, note: Note, chance: Random
    ) -> None:
        self._learner, self._camera, self._note = learner, camera, note
        self._report_seconds, self._chance = report_seconds, chance

    def sit(self, lesson_id: str, until: float) -> None:
        """One session: to the end of the lesson, of the session, or of the time. Raises Refusal, TooSlow."""
        player = Player(self._learner, lesson_id)
        self._enter(player)
        player.answer_quiz(wrong_first=False)
        duration_ms = self._duration_ms(lesson_id)
        while time.monotonic() < until:
            state = player.state()
            if state == "ended":
                self._note("learning.session.ended.v1", session_id=player.session_id)
                return
            if state == "awaiting_check":
                self._face(player)
            else:
                self._play(player, duration_ms)

    def _enter(self, player: Player) -> None:
        """Another device of mine may still play: its session is ended."""
        try:
            player.enter()
        except Refusal as refusal:
            if refusal.code != "session.elsewhere":
                raise
            player.enter(take_over=True)
        self._note("learning.lesson.entered.v1", session_id=player.session_id)

    def _duration_ms(self, lesson_id: str) -> int:
        study = self._learner.client.get(f"/api/learning/enrollments/{self._learner.enrollment_id}")
        lessons = {lesson["lesson_id"]: lesson for lesson in study["lessons"]}
        return int(lessons[lesson_id]["duration_ms"])

    # ---- face checks ----

    def _face(self, player: Player) -> None:
        check = self._open_check(player)
        if check is None or check["state"] != "requested":
            time.sleep(PAUSE_SECONDS)  # the check or its verdict is in transit
            return
        frame = {"frame": ("frame.jpg", self._camera.look(), "image/jpeg")}
        try:
            self._learner.client.post(f"/api/proctor/checks/{check['check_id']}/answer", files=frame)
        except Refusal as refusal:  # an earlier answer has come through
            if refusal.code not in ("check.examining", "check.closed"):
                raise

    def _open_check(self, player: Player) -> dict[str, Any] | None:
        """The check that proctor waits for or judges; learning may receive its event later."""
        checks = self._learner.client.get("/api/proctor/checks", session_id=player.session_id)
        return next((check for check in checks if check["state"] in OPEN), None)

    # ---- playing ----

    def _play(self, player: Player, duration_ms: int) -> None:
        """Report after report, until the answer says something else."""
        while self._mishap(player, duration_ms) == "playing":
            pass

    def _mishap(self, player: Player, duration_ms: int) -> str:
        """One report, or what comes in its place; the state that it leads to."""
        mishap = self._chance.choices([*MISHAPS], [*MISHAPS.values()])[0]
        if mishap == "device":
            self._learner.log_in()
            self._enter(player)
            return "awaiting_check"
        if mishap == "reload":  # what was not reported is lost
            self._enter(player)
            return player.state()
        if mishap == "gap":
            return self._queue_up(player, duration_ms)
        self._watch(player, self._report_seconds, duration_ms)
        if mishap == "late":
            time.sleep(self._chance.random() * MAX_LATE_SECONDS)  # the report is under way
        return self._send(player, player.position_ms, player.played_ms)

    def _queue_up(self, player: Player, duration_ms: int) -> str:
        """The line was away: reports of that time come at once."""
        gap, start, state = self._chance.random() * MAX_GAP_SECONDS, player.position_ms, "playing"
        queued = []
        for _ in range(MAX_QUEUED):
            self._watch(player, gap / MAX_QUEUED, duration_ms)
            queued.append((start, player.played_ms))
            start = player.played_ms
        for begin, end in queued:
            if state == "playing":
                state = self._send(player, begin, end)
        return state

    def _watch(self, player: Player, seconds: float, duration_ms: int) -> None:
        """The video plays on, even while nobody credits it."""
        time.sleep(seconds)  # real time is what a report claims
        player.played_ms = min(player.played_ms + int(seconds * 1000), duration_ms)

    def _send(self, player: Player, from_ms: int, to_ms: int) -> str:
        """The state after the report. A refusal says where to go on."""
        number = player.next_report
        try:
            answer = player.send(from_ms, max(from_ms, to_ms))
        except Refusal as refusal:
            if refusal.code not in GO_ON:
                raise
            return go_on(player, refusal.problem["facts"])
        accepted = {"session_id": player.session_id, "report": number, "credited_ms": answer["credited_ms"]}
        self._note("learning.playback.recorded.v1", **accepted)
        return str(answer["state"])


def go_on(player: Player, facts: dict[str, Any]) -> str:
    """Take in what a refusal says: number and position of the next report; the state."""
    player.next_report, player.position_ms = facts["next_report"], facts["position_ms"]
    player.played_ms = player.position_ms
    return str(facts["state"])

"""An honest learner on a train: watches in real time, loses the line, reloads, changes the device.

Lost is video that was played while the session was said to play, and that must be played again, because the
server goes on from an earlier position. What is pending is not lost: it is claimed again.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.faults.visitor import Visitor
from tests.players.seat import Answer, sit_down

TICK_SECONDS = 0.05
SENDING_SECONDS = 50.0  # how long an unsent report is tried again: then the player stops and says so
PATIENCE_SECONDS = 1_200.0


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What happens to a learner. Shares are of reports, times in seconds of play."""

    name: str
    jitter: float = 0.0  # share of reports that leave 1–4 s late
    gaps: bool = False  # 30 s without a line, twice; afterwards the queued reports come at once
    reloads: int = 0
    device_changes: int = 0
    rewinds: bool = False
    clock_steps: bool = False  # of the device: nothing that the server counts may depend on it


HABITS = (
    Habits(name="steady"),
    Habits(name="jitter 2 %", jitter=0.02),
    Habits(name="jitter 10 %", jitter=0.10),
    Habits(name="jitter 50 %", jitter=0.50),
    Habits(name="30-s gaps", gaps=True),
    Habits(name="reloads", reloads=4),
    Habits(name="device changes", device_changes=2),
    Habits(name="rewinds", rewinds=True),
    Habits(name="clock steps", clock_steps=True, jitter=0.1),
    Habits(name="all of it", jitter=0.1, gaps=True, reloads=2, device_changes=1, rewinds=True),
)


@dataclass
class Loss:
    """What one disturbance cost."""

    why: str
    ms: int


@dataclass
class HonestLearner:
    """Plays one lesson to its end. `losses`: what had to be played again, by disturbance."""

    person: Visitor
    habits: Habits
    duration_ms: int
    period_s: float
    chance: random.Random
    losses: list[Loss] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    checks: int = 0

    def learn(self) -> None:
        """From entering the lesson to its end. Raises AssertionError when it does not get there."""
        self._seat = sit_down(self.person)
        self._begun, self._disturbances = time.monotonic(), self._plan()
        assert self._seat.enter().ok
        self._answer_quiz()
        while self._seat.state() != "ended":
            assert time.monotonic() - self._begun < PATIENCE_SECONDS, "the lesson does not end"
            if self._seat.state() == "awaiting_check":
                assert self._seat.pass_check(), "no face check came, or it was not passed"
                self.checks += 1
            self._play()

    @property
    def lost_max_s(self) -> float:
        """The most that one disturbance cost."""
        return max((loss.ms for loss in self.losses), default=0) / 1000

    @property
    def lost_s(self) -> float:
        """All of it."""
        return sum(loss.ms for loss in self.losses) / 1000

    # ---- playing ----

    def _play(self) -> None:
        """Watch and report until the server says that a check is due, or the session has ended."""
        self._at = getattr(self, "_at", 0)
        self._at = max(self._at, self._seat.position_ms)
        while self._seat.state() == "playing":
            self._watch(min(self.period_s, max(0.3, (self.duration_ms - self._at) / 1000)))
            answer = self._send(delayed=self.chance.random() < self.habits.jitter)
            if answer.facts.get("state") != "playing":
                return
            self._disturb()

    def _watch(self, seconds: float) -> None:
        """The video runs; it stops at its end."""
        began = time.monotonic()
        time.sleep(seconds)  # watching takes time
        self._at = min(self.duration_ms, self._at + round((time.monotonic() - began) * 1000))

    def _send(self, *, delayed: bool = False) -> Answer:
        """Claim what was played and not paid yet; one that leaves late claims what was played by then."""
        if delayed:
            self._watch(self.chance.uniform(1, 4))
        to_ms = self._at
        answer = self._insist(lambda: self._seat.report(self._seat.position_ms, to_ms))
        if not answer.ok:
            self._refused(answer)
        return answer

    def _refused(self, answer: Answer) -> None:
        self.refusals.append(answer.code)
        if answer.code != "check.pending":
            self._lose(answer.code, answer.facts.get("position_ms", self._seat.position_ms))

    def _insist(self, ask: Callable[[], Answer]) -> Answer:
        """The line or the server is away: try again for a while; the video runs on."""
        deadline = time.monotonic() + SENDING_SECONDS
        while True:
            try:
                answer = ask()
                if answer.status < 500 and answer.status != 429:
                    return answer
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, "the server stays away"
            self._watch(0.5)

    def _lose(self, why: str, position_ms: int) -> None:
        """The server goes on from an earlier position than the video had reached."""
        self.losses.append(Loss(why, max(0, self._at - position_ms)))
        self._at = position_ms

    # ---- disturbances ----

    def _plan(self) -> list[tuple[float, Callable[[], None]]]:
        """Each at a share of the lesson."""
        acts: list[Callable[[], None]] = [self._gap] * (2 if self.habits.gaps else 0)
        acts += [self._reload] * self.habits.reloads + [self._change_device] * self.habits.device_changes
        acts += [self._rewind] * (2 if self.habits.rewinds else 0)
        self.chance.shuffle(acts)
        return [((number + 1) / (len(acts) + 1), act) for number, act in enumerate(acts)]

    def _disturb(self) -> None:
        if self._disturbances and self._at >= self._disturbances[0][0] * self.duration_ms:
            self._disturbances.pop(0)[1]()

    def _gap(self) -> None:
        """30 s without a line: reports queue up and come at once, in their order."""
        claims = []
        for _ in range(max(1, round(30 / self.period_s))):
            start = self._at
            self._watch(min(self.period_s, 30))
            claims.append((start, self._at))
        for start, end in claims:
            answer = self._insist(lambda: self._seat.report(min(start, self._seat.position_ms), end))  # noqa: B023
            if not answer.ok:
                self._refused(answer)
                return

    def _reload(self) -> None:
        """The page is loaded again within a period: what was played since the last report is unsent."""
        self._watch(self.chance.uniform(0, self.period_s))
        self._seat = sit_down(self.person, client=self._seat.client)
        answer = self._insist(self._seat.enter)
        assert answer.ok, answer
        self._lose("reload", answer.body["position_ms"])

    def _change_device(self) -> None:
        """The learner goes on elsewhere; it is asked whose turn it is, and a new face check comes."""
        self._watch(self.chance.uniform(0, self.period_s))
        elsewhere = sit_down(self.person, other_login=True)
        asked = elsewhere.enter()
        assert asked.code == "session.elsewhere", asked
        answer = elsewhere.enter(take_over=True)
        assert answer.ok, answer
        self._seat = elsewhere
        self._lose("device change", answer.body["position_ms"])

    def _rewind(self) -> None:
        """Back by some seconds, watch them again, and come back to where the video was."""
        back_ms = min(self._at, 5_000)
        here, self._at = self._at, self._at - back_ms
        self._watch(back_ms / 1000)
        answer = self._insist(lambda: self._seat.report(here - back_ms, self._at))
        self._at = max(here, self._at)
        if not answer.ok:
            self._refused(answer)

    def _answer_quiz(self) -> None:
        path = f"{self._seat.study}/lessons/{self._seat.lesson_id}/quiz"
        for question in self._seat.ask("GET", path).body["questions"]:
            body = {"question_id": question["question_id"], "option": 0}
            assert self._seat.ask("POST", f"{path}/answers", body).ok

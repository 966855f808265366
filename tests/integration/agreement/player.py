"""A learner at the player: mostly honest, sometimes away, in two tabs, too fast or somebody else."""

from collections.abc import Callable
from dataclasses import dataclass

from services.learning.domain import Report
from services.proctor.domain.check import Check, CheckState
from tests.integration.agreement.simulation import Simulation

MOST_STAYS, MOST_ACTS = 40, 40
LONG_MS = 61_000  # past the deadline of a check


def played(seed: int) -> Simulation:
    """A learner's whole study, or as much as patience allowed; everything under way has arrived."""
    simulation = Simulation(seed)
    Player(simulation).study()
    simulation.wait(10 * LONG_MS)
    return simulation


@dataclass
class Stay:
    """One session as its browser tab knows it."""

    session_id: str
    lesson_id: str
    reports: int = 0


class Player:
    """Plays until nothing is left to learn, or for as long as patience lasts."""

    def __init__(self, simulation: Simulation) -> None:
        self._world, self._chance = simulation, simulation.chance
        self._stays: list[Stay] = []
        self._sent: tuple[str, Report] | None = None

    def study(self) -> None:
        for _ in range(MOST_STAYS):
            self._world.wait(self._chance.randrange(3_000))
            left = [it.lesson_id for it in self._world.study.lessons if not it.completed]
            if self._world.study.completed_at or not left:
                return
            self._visit(self._chance.choice(left))

    def _visit(self, lesson_id: str) -> None:
        stay = Stay(self._world.enter(lesson_id), lesson_id)
        self._stays.append(stay)
        for _ in range(self._chance.randrange(MOST_ACTS)):
            if self._world.study.sessions.find_live(stay.session_id) is None:
                return
            self._pick_act(stay)(stay)

    def _pick_act(self, stay: Stay) -> Callable[[Stay], None]:
        if self._open_check(stay) and self._chance.random() < 0.6:
            return self._answer_check
        acts = [self._play, self._play_in_an_old_tab, self._repeat, self._answer_quiz, self._go_away]
        return self._chance.choices(acts, weights=[80, 3, 5, 10, 2])[0]

    # ---- acts ----

    def _play(self, stay: Stay) -> None:
        """Some video in some time: mostly as much as time passed, from where the player stands."""
        took = self._chance.randrange(4_000)
        self._world.wait(took)
        lesson = self._world.study.lesson(stay.lesson_id)
        here = self._world.study.sessions.position_in(stay.session_id, lesson.position_ms)
        start = here if self._chance.random() < 0.85 else self._chance.randrange(lesson.duration_ms)
        played = self._chance.choice([took, took, took, took // 2, took + self._chance.randrange(3_000)])
        end = min(start + played, lesson.duration_ms)
        self._send(stay, start, end, rate=1 if self._chance.random() < 0.95 else 2)

    def _play_in_an_old_tab(self, stay: Stay) -> None:
        self._world.wait(1_000)
        self._send(self._chance.choice(self._stays), 0, 1_000, rate=1)

    def _repeat(self, stay: Stay) -> None:
        """The answer was lost on its way: the same report again."""
        if self._sent:
            self._world.wait(self._chance.randrange(500))
            self._world.report(*self._sent)

    def _answer_quiz(self, stay: Stay) -> None:
        if stay.lesson_id == "common":
            self._world.answer_quiz(stay.lesson_id, right=self._chance.random() < 0.5)

    def _answer_check(self, stay: Stay) -> None:
        self._world.wait(self._chance.randrange(5_000))
        if check := self._open_check(stay):
            outcome = self._chance.choices(["match", "mismatch", "no_face"], weights=[80, 15, 5])[0]
            self._world.answer_check(stay.session_id, check, outcome)

    def _go_away(self, stay: Stay) -> None:
        self._world.wait(self._chance.choice([LONG_MS, 10 * LONG_MS]))

    # ---- parts ----

    def _open_check(self, stay: Stay) -> Check | None:
        session = self._world.sessions.get(stay.session_id)
        checks = session.checks if session else []
        return next((it for it in checks if it.state is CheckState.REQUESTED), None)

    def _send(self, stay: Stay, start: int, end: int, rate: float) -> None:
        taken = self._world.study.sessions.reports_of(stay.session_id)
        self._sent = stay.session_id, Report(number=taken + 1, from_ms=start, to_ms=end, rate=rate)
        self._world.report(*self._sent)

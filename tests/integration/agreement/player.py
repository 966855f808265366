"""A learner at the player: mostly honest, on a shaky line, sometimes away, on two devices, or a cheat."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.learning.domain import PlaySession, Report, SessionState
from services.proctor.domain.check import Check, CheckState
from tests.integration.agreement.simulation import LESSON_MS, POLICY, Simulation

MAX_STAYS, MAX_ACTS = 40, 80
PERIOD_MS, SILENCE_MS = POLICY.report_period_s * 1000, POLICY.silence_s * 1000
LONG_MS = 61_000  # past silence, and past the deadline of a check
REST_MS = 3_600_000  # by then all has been delivered, and whatever time ends has ended
QUIZZED = "common"  # the lesson that has a quiz
LOGINS = ("phone", "desktop")
LATE = 0.05  # of the learners begin shortly before their study window closes


def played(seed: int) -> Simulation:
    """A learner's whole study, or as much as patience allowed; all events have been delivered."""
    simulation = Simulation(seed)
    with simulation.running():
        Player(simulation).study()
        simulation.wait(REST_MS)
    return simulation


@dataclass
class Stay:
    """One session as its browser tab knows it; `head_ms` is where its video is."""

    session_id: str
    lesson_id: str
    head_ms: int
    next_report: int = 1


class Player:
    """Plays until nothing is left to learn, or for as long as patience lasts."""

    def __init__(self, simulation: Simulation) -> None:
        self._world, self._chance = simulation, simulation.chance
        self._stays: list[Stay] = []
        self._sent: tuple[str, Report] | None = None

    def study(self) -> None:
        if self._chance.random() < LATE:
            left = self._world.study.closes_at - self._world.stream.now
            self._world.wait(left // timedelta(milliseconds=1) - self._chance.randrange(400_000))
        for _ in range(MAX_STAYS):
            self._world.wait(self._chance.randrange(3_000))
            left = [lesson.lesson_id for lesson in self._world.study.lessons if not lesson.completed]
            if self._world.study.completed_at or not left:
                return
            lesson_id = self._chance.choice(left)
            if lesson_id == QUIZZED and self._chance.random() < 0.3:
                self._world.answer_quiz(QUIZZED, right=self._chance.random() < 0.5)
            self._visit(lesson_id)

    def _visit(self, lesson_id: str) -> None:
        """One session, until it has ended."""
        login, take_over = self._chance.choice(LOGINS), self._chance.random() < 0.5
        session = self._world.enter(login, lesson_id, take_over=take_over)
        if session is None:
            self._world.wait(self._chance.randrange(30_000))
            return
        stay = Stay(session.id, lesson_id, session.covered_ms, session.reports + 1)
        self._stays.append(stay)
        for _ in range(MAX_ACTS):
            session = self._world.session(stay.session_id)
            if session.ending:
                return
            self._pick_act(session)(stay, session)
            if self._chance.random() < 0.01:
                return  # the tab is closed, or the other device is taken up

    def _pick_act(self, session: PlaySession) -> Callable[[Stay, PlaySession], None]:
        if session.state is SessionState.AWAITING_CHECK:
            acts = [self._answer_check, self._wait_a_little, self._play, self._go_away]
            return self._chance.choices(acts, weights=[60, 35, 4, 1])[0]
        acts = [
            self._play,
            self._queue_up,
            self._go_back,
            self._play_in_an_old_tab,
            self._repeat,
            self._answer_quiz,
            self._go_away,
        ]
        return self._chance.choices(acts, weights=[70, 8, 4, 3, 5, 9, 1])[0]

    # ---- acts ----

    def _play(self, stay: Stay, session: PlaySession) -> None:
        """Some video in some time; the report comes a little late. Not all of it was played as it seems."""
        self._watch(stay, self._some_time())
        start, end, rate, draw = session.covered_ms, stay.head_ms, 1.0, self._chance.random()
        if draw < 0.04:
            start = self._chance.randrange(LESSON_MS)
        elif draw < 0.08:
            end = start + self._chance.choice([1_000, 40_000, 130_000])
        elif draw < 0.10:
            rate = 2.0
        elif draw < 0.11:
            end = LESSON_MS + 10_000
        self._world.wait(self._chance.choice([0, 0, 0, 300, 1_500, 4_000]))
        self._send(stay, start, max(start, min(end, LESSON_MS + 10_000)), rate)

    def _queue_up(self, stay: Stay, session: PlaySession) -> None:
        """The line was away: reports of that time come at once, maybe in another order."""
        numbers = range(self._chance.randrange(2, 5))
        start, queued = session.covered_ms, []
        for number in numbers:
            self._watch(stay, self._chance.randrange(1_000, PERIOD_MS))
            queued.append((session.reports + 1 + number, start, stay.head_ms))
            start = stay.head_ms
        if self._chance.random() < 0.3:
            self._chance.shuffle(queued)
        for number, begin, end in queued:
            self._report(stay, Report(number=number, from_ms=min(begin, end), to_ms=end, rate=1.0))

    def _go_back(self, stay: Stay, session: PlaySession) -> None:
        """A part is watched again."""
        took, start = self._some_time(), self._chance.randrange(session.covered_ms + 1)
        self._world.wait(took)
        self._send(stay, start, min(start + took, LESSON_MS), 1.0)

    def _play_in_an_old_tab(self, stay: Stay, session: PlaySession) -> None:
        self._world.wait(1_000)
        old = self._chance.choice(self._stays)
        self._report(old, Report(number=old.next_report, from_ms=0, to_ms=1_000, rate=1.0))

    def _repeat(self, stay: Stay, session: PlaySession) -> None:
        """The answer was lost on its way: the same report again."""
        if self._sent:
            self._world.wait(self._chance.randrange(500))
            self._world.report(*self._sent)

    def _answer_quiz(self, stay: Stay, session: PlaySession) -> None:
        self._world.answer_quiz(QUIZZED, right=self._chance.random() < 0.5)

    def _answer_check(self, stay: Stay, session: PlaySession) -> None:
        self._world.wait(self._chance.choice([500, 2_000, 8_000, 20_000]))
        if check := self._open_check(stay):
            outcome = self._chance.choices(["match", "mismatch", "no_face"], weights=[78, 17, 5])[0]
            self._world.answer_check(stay.session_id, check, outcome)
            self._world.wait(self._chance.randrange(3_000))

    def _wait_a_little(self, stay: Stay, session: PlaySession) -> None:
        self._world.wait(self._chance.randrange(10_000))

    def _go_away(self, stay: Stay, session: PlaySession) -> None:
        self._world.wait(self._chance.choice([LONG_MS, 10 * LONG_MS]))

    # ---- inside ----

    def _some_time(self) -> int:
        """Mostly a report period, sometimes nearly until silence ends the session, or past it."""
        most = self._chance.choices([PERIOD_MS, SILENCE_MS - 1_000, LONG_MS + 5_000], weights=[85, 13, 2])[0]
        return self._chance.randrange(most)

    def _watch(self, stay: Stay, ms: int) -> None:
        self._world.wait(ms)
        stay.head_ms = min(stay.head_ms + ms, LESSON_MS)

    def _open_check(self, stay: Stay) -> Check | None:
        asked = self._world.open_checks(stay.session_id)
        return next((check for check in asked if check.state is CheckState.REQUESTED), None)

    def _send(self, stay: Stay, start: int, end: int, rate: float) -> None:
        taken = self._world.session(stay.session_id).reports
        self._report(stay, Report(number=taken + 1, from_ms=start, to_ms=end, rate=rate))

    def _report(self, stay: Stay, report: Report) -> None:
        stay.next_report, self._sent = report.number + 1, (stay.session_id, report)
        self._world.report(*self._sent)

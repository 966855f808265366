"""Ways to earn time without watching it, as programs that know the API (R17, R23).

Each bot has the face of its learner at hand whenever it wants to pass a check: that is the most that a
program can have. It must earn at most what an honest viewer would have, in the wall clock in which it was let
play, and never past the lease of the checks that were passed.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.faults.visitor import Visitor
from tests.players.seat import Answer, Seat, sit_down

DAY_MS = 86_400_000


@dataclass
class Attack:
    """One bot at work. `allowed_s`: wall clock in which an honest viewer would have earned time as well."""

    person: Visitor
    duration_ms: int
    period_s: float
    chance: random.Random
    tries: int = 0
    seats: list[Seat] = field(default_factory=list)
    others: list[Visitor] = field(default_factory=list)  # accomplices

    def sit(self, *, other_login: bool = False) -> Seat:
        """One more seat of the same person."""
        self.seats.append(sit_down(self.person, other_login=other_login))
        return self.seats[-1]

    def start(self) -> Seat:
        """A seat that plays: entered, and the start check passed."""
        seat = self.sit()
        assert seat.enter(take_over=True).ok
        assert seat.pass_check(), "the start check was not passed"
        return seat

    def send(
        self, seat: Seat, from_ms: float, to_ms: float, *, number: int | None = None, rate: float = 1.0
    ) -> Answer:
        """One forged report, counted."""
        self.tries += 1
        return seat.report(round(from_ms), round(to_ms), number=number, rate=rate)

    @property
    def allowed_s(self) -> float:
        """Wall clock in which any of its seats was let play; two at once count once for an honest viewer."""
        for seat in self.seats:
            seat.stopped()
        return sum(seat.allowed_s for seat in self.seats)

    @property
    def so_far_s(self) -> float:
        """The same while its seats go on."""
        return sum(seat.allowed_so_far_s for seat in self.seats)


Bot = Callable[[Attack], None]
BOTS: dict[str, Bot] = {}


def bot(name: str) -> Callable[[Bot], Bot]:
    """Register a bot under what it is known by."""

    def register(act: Bot) -> Bot:
        BOTS[name] = act
        return act

    return register


@bot("silent report")
def silent_report(attack: Attack) -> None:
    """Pass the start check, go away for longer than silence may last, claim all of it at once."""
    seat = attack.start()
    time.sleep(62)
    attack.send(seat, 0, min(62_000, attack.duration_ms))
    attack.send(seat, 0, 15_000)


@bot("withheld reports")
def withheld_reports(attack: Attack) -> None:
    """Say nothing until the unforeseen moment must have passed, then claim just less than silence allows."""
    seat = attack.start()
    time.sleep(min(50.0, attack.duration_ms / 1000))
    for _ in range(3):
        attack.send(seat, seat.position_ms, min(attack.duration_ms, seat.position_ms + 50_000))


def faster(rate: float, *, honest_about_it: bool) -> Bot:
    """Play at a higher speed, saying so or not."""

    def act(attack: Attack) -> None:
        seat, at = attack.start(), 0.0
        for _ in range(6):
            time.sleep(attack.period_s)
            step = attack.period_s * 1000 * rate
            answer = attack.send(
                seat, at, min(at + step, attack.duration_ms), rate=rate if honest_about_it else 1.0
            )
            at = answer.facts.get("position_ms", at + step)

    return act


for _rate in (1.25, 1.5, 2.0, 4.0, 16.0):
    BOTS[f"{_rate:g}× openly"] = faster(_rate, honest_about_it=True)
    BOTS[f"{_rate:g}× in secret"] = faster(_rate, honest_about_it=False)


@bot("slow in name")
def slow_in_name(attack: Attack) -> None:
    """A rate below one, as if more wall clock had passed."""
    seat = attack.start()
    for _ in range(4):
        time.sleep(attack.period_s)
        attack.send(seat, seat.position_ms, seat.position_ms + attack.period_s * 1000, rate=0.01)


@bot("seek ahead")
def seek_ahead(attack: Attack) -> None:
    """Claim parts that were never reached, in true time."""
    seat = attack.start()
    for share in (0.3, 0.5, 0.8, 0.95):
        time.sleep(attack.period_s)
        start = attack.duration_ms * share
        attack.send(seat, start, min(start + attack.period_s * 1000, attack.duration_ms))


@bot("tail jump")
def tail_jump(attack: Attack) -> None:
    """The beginning honestly, then the very end."""
    seat = attack.start()
    time.sleep(attack.period_s)
    attack.send(seat, 0, attack.period_s * 1000)
    for _ in range(3):
        time.sleep(attack.period_s)
        attack.send(seat, attack.duration_ms - attack.period_s * 1000, attack.duration_ms)


@bot("parallel tabs")
def parallel_tabs(attack: Attack) -> None:
    """Two tabs of one login report the same session at once."""
    first = attack.start()
    second = attack.sit()
    second.enter()
    for _ in range(5):
        time.sleep(attack.period_s)
        with ThreadPoolExecutor(2) as pool:
            for seat in (first, second):
                pool.submit(attack.send, seat, seat.position_ms, seat.position_ms + attack.period_s * 1000)


@bot("parallel devices")
def parallel_devices(attack: Attack) -> None:
    """Another login takes over; the first goes on as if nothing had happened."""
    first = attack.start()
    time.sleep(attack.period_s)
    second = attack.sit(other_login=True)
    assert second.enter().code == "session.elsewhere"
    assert second.enter(take_over=True).ok
    first.stopped()
    for _ in range(4):
        attack.send(first, first.position_ms, first.position_ms + attack.period_s * 1000)
        attack.send(second, second.position_ms, second.position_ms + attack.period_s * 1000)
        time.sleep(attack.period_s)


@bot("replays")
def replays(attack: Attack) -> None:
    """An accepted report again and again, also with its number raised."""
    seat = attack.start()
    time.sleep(attack.period_s)
    attack.send(seat, 0, attack.period_s * 1000)
    for extra in range(10):
        attack.send(seat, 0, attack.period_s * 1000, number=1)
        attack.send(seat, 0, attack.period_s * 1000, number=2 + extra % 2)


@bot("reordered and duplicated")
def reordered(attack: Attack) -> None:
    """Numbers out of order, many requests at once."""
    seat = attack.start()
    time.sleep(attack.period_s)
    numbers = [3, 1, 2, 2, 1, 4, 1_000_000, 1]
    with ThreadPoolExecutor(8) as pool:
        for number in numbers:
            pool.submit(attack.send, seat, 0, attack.period_s * 1000, number=number)


@bot("forged shapes")
def forged_shapes(attack: Attack) -> None:
    """Positions and numbers that no player sends; extra fields that claim a time."""
    seat = attack.start()
    time.sleep(1)
    bodies = [
        {"report": 1, "from_ms": -DAY_MS, "to_ms": attack.duration_ms, "rate": 1},
        {"report": 1, "from_ms": 0, "to_ms": 1 << 62, "rate": 1},
        {"report": 1, "from_ms": 0, "to_ms": 1 << 200, "rate": 1},
        {"report": 1 << 62, "from_ms": 0, "to_ms": 1, "rate": 1},
        {"report": 1, "from_ms": attack.duration_ms, "to_ms": 0, "rate": 1},
        {"report": 1, "from_ms": 0, "to_ms": 15_000, "rate": 1, "received_at": "2030-01-01T00:00:00Z"},
        {"report": 1, "from_ms": 0, "to_ms": 15_000, "rate": "1e400"},
        {"report": "1", "from_ms": 0, "to_ms": 15_000, "rate": 1},
        {"report": True, "from_ms": 0, "to_ms": 15_000, "rate": 1},
        {},
        [],
    ]
    for body in bodies:
        attack.tries += 1
        answer = seat.ask("POST", f"{seat.session_path}/reports", body)
        assert 400 <= answer.status < 500, (body, answer)


@bot("clock a day off")
def clock_a_day_off(attack: Attack) -> None:
    """Date and time headers of a device whose clock is a day ahead and a day behind."""
    seat = attack.start()
    for date in ("Wed, 01 Jan 2031 00:00:00 GMT", "Tue, 01 Jan 2019 00:00:00 GMT"):
        attack.tries += 1
        body = {"report": seat.next_report, "from_ms": seat.position_ms, "to_ms": 50_000, "rate": 1}
        seat.ask("POST", f"{seat.session_path}/reports", body, headers={"Date": date, "X-Time": date})


@bot("after the end")
def after_the_end(attack: Attack) -> None:
    """The session is superseded; its reports go on."""
    seat = attack.start()
    time.sleep(attack.period_s)
    other = attack.sit(other_login=True)
    other.enter(take_over=True)
    seat.stopped()
    for _ in range(20):
        attack.send(seat, seat.position_ms, seat.position_ms + 5_000)


@bot("flood")
def flood(attack: Attack) -> None:
    """Hundreds of small claims as fast as the line carries them."""
    seat = attack.start()
    with ThreadPoolExecutor(4) as pool:
        for step in range(300):
            pool.submit(attack.send, seat, step * 100, step * 100 + 5_000)


@bot("another's session")
def anothers_session(attack: Attack) -> None:
    """Reports to the session and the study of somebody else; its own token."""
    victim, seat = sit_down(attack.others[0]), attack.start()
    victim.enter(take_over=True)
    before = victim.covered_ms()
    for path in (
        f"{victim.session_path}/reports",
        f"{seat.study}/sessions/{victim.session['session_id']}/reports",
        f"{victim.study}/sessions/{seat.session['session_id']}/reports",
    ):
        attack.tries += 1
        answer = seat.ask("POST", path, {"report": 1, "from_ms": 0, "to_ms": 5_000, "rate": 1})
        assert answer.status == 404, (path, answer)
    assert victim.covered_ms() == before


@bot("pausing around checks")
def pausing_around_checks(attack: Attack) -> None:
    """Stop just before the silence runs out, with empty reports, and claim what was saved up."""
    seat = attack.start()
    for _ in range(2):
        time.sleep(40)
        attack.send(seat, seat.position_ms, seat.position_ms)
    attack.send(seat, seat.position_ms, min(attack.duration_ms, seat.position_ms + 60_000))


@bot("dropping a pending check")
def dropping_a_pending_check(attack: Attack) -> None:
    """Enter again whenever a check is pending, in the hope that it goes away and a better moment is drawn."""
    seat = attack.sit()
    sessions = set()
    for number in range(12):
        answer = (
            seat.enter(take_over=True) if number % 3 else attack.sit(other_login=True).enter(take_over=True)
        )
        sessions.add(answer.facts.get("session_id"))
        attack.tries += 1
        attack.send(seat, 0, 5_000)


@bot("grinding the schedule")
def grinding_the_schedule(attack: Attack) -> None:
    """Play a little, enter again from another login for a new draw, and never meet the unforeseen check."""
    seat = attack.start()
    for _ in range(3):
        time.sleep(attack.period_s)
        attack.send(seat, seat.position_ms, seat.position_ms + attack.period_s * 1000)
        seat.stopped()
        seat = attack.sit(other_login=True)
        seat.enter(take_over=True)
        if not seat.pass_check():
            return


@bot("reload loop")
def reload_loop(attack: Attack) -> None:
    """Enter the same lesson over and over from one login."""
    seat = attack.start()
    for _ in range(60):
        attack.tries += 1
        seat.enter()
        seat.report(seat.position_ms, seat.position_ms + 5_000)


@bot("quiz before video")
def quiz_before_video(attack: Attack) -> None:
    """Answer everything without having watched: the lesson must not complete."""
    seat = attack.sit()
    path = f"{seat.study}/lessons/{seat.lesson_id}/quiz"
    for question in seat.ask("GET", path).body["questions"]:
        attack.tries += 1
        seat.ask("POST", f"{path}/answers", {"question_id": question["question_id"], "option": 0})
    lesson = seat.ask("GET", seat.study).body["lessons"][0]
    assert lesson["state"] != "completed", lesson


@bot("before the check")
def before_the_check(attack: Attack) -> None:
    """Reports while the start check waits, then past the moment of the unforeseen one."""
    seat = attack.sit()
    assert seat.enter(take_over=True).ok
    for _ in range(3):
        attack.send(seat, 0, 5_000)
    assert seat.pass_check()
    while seat.state() == "playing":
        time.sleep(attack.period_s)
        attack.send(seat, seat.position_ms, seat.position_ms + attack.period_s * 1000)
    for _ in range(10):
        answer = attack.send(seat, seat.position_ms, seat.position_ms + 5_000)
        assert not answer.ok, answer


@dataclass(frozen=True, kw_only=True)
class Move:
    """One thing that a program may do next."""

    wait_s: float
    start: str  # position, zero, covered share
    length_ms: int
    number: int | None
    rate: float
    enter: bool


def play_moves(attack: Attack, seat: Seat, moves: list[Move]) -> None:
    """A mix of everything, as it was drawn."""
    for move in moves:
        time.sleep(move.wait_s)
        if move.enter:
            seat.enter()
        start = {"position": seat.position_ms, "zero": 0, "middle": attack.duration_ms // 2}[move.start]
        attack.send(seat, start, start + move.length_ms, number=move.number, rate=move.rate)

"""Honest learners and bots, tried side by side; what came of each."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from testkit.waiting import poll
from tests.faults.visitor import Visitor
from tests.players import records
from tests.players.bots import BOTS, Attack, Bot
from tests.players.honest import HABITS, Habits, HonestLearner
from tests.players.mixes import attack_by_mixes
from tests.players.school import School, side_by_side
from tests.players.seat import sit_down

AT_ONCE = 8  # bots at a time: with more, this machine is slow and not the system
SILENCE_SECONDS = 90.0  # by then a session that nobody ended is over and its reports are in the log


@dataclass(kw_only=True)
class HonestTrial:
    """What came of one honest learner."""

    name: str
    covered_s: float = 0.0
    checks: int = 0
    lost_s: float = 0.0
    lost_max_s: float = 0.0
    why: str = ""
    refused: str = ""
    cheat_records: int = 0
    failure: str = ""


@dataclass(kw_only=True)
class BotTrial:
    """What came of one bot; `allowed_s`: what an honest viewer would have earned meanwhile, at most."""

    name: str
    tries: int
    allowed_s: float
    earned_s: float
    audited_s: float
    refused: str
    cases: int
    failure: str

    @property
    def stolen_s(self) -> float:
        """By what learning says, or by what the auditor derives from the log: whichever is more."""
        return max(0.0, max(self.earned_s, self.audited_s) - self.allowed_s)


def try_honest(
    school: School,
    people: Sequence[Visitor],
    chance: random.Random,
    disturb: Callable[[], None],
    habits: Sequence[Habits] = HABITS,
) -> list[HonestTrial]:
    """Each plays the lesson to its end, with habits in turn, while the servers are disturbed."""
    learners = [
        HonestLearner(
            person, habits[number % len(habits)], school.terms.lesson_seconds * 1000,
            school.terms.report_period_s, random.Random(chance.random()),
        )
        for number, person in enumerate(people)
    ]  # fmt: skip
    failures: dict[int, str] = {}
    acts = [partial(_learn, learner, failures) for learner in learners]
    side_by_side([*acts, disturb])
    return [_judge_honest(school, learner, failures) for learner in learners]


def try_bots(school: School, people: Sequence[Visitor], chance: random.Random, mixes: int) -> list[BotTrial]:
    """Each bot on a person of its own, the last two of whom are the victim and the one for the mixes."""
    *attackers, victim, mixed = people
    attacks = [_attack(school, person, chance) for person in attackers]
    for attack in attacks:
        attack.others = [victim]
    failures: dict[int, str] = {}
    named = list(zip(BOTS.items(), attacks, strict=True))
    for start in range(0, len(named), AT_ONCE):
        wave = named[start : start + AT_ONCE]
        school.show(f"at work: {', '.join(name for (name, _), _ in wave)}")
        side_by_side([partial(_act, bot, attack, failures) for (_, bot), attack in wave])
    by_lot = _attack(school, mixed, chance)
    school.show(f"at work: {mixes} random mixes")
    _act(lambda attack: attack_by_mixes(attack, mixes), by_lot, failures)
    names = [*BOTS, "random mixes"]
    return [
        _judge_bot(school, name, attack, failures)
        for name, attack in zip(names, [*attacks, by_lot], strict=True)
    ]


def _learn(learner: HonestLearner, failures: dict[int, str]) -> None:
    try:
        learner.learn()
    except Exception as error:
        failures[id(learner)] = f"{type(error).__name__}: {error}"[:200]


def _act(bot: Bot, attack: Attack, failures: dict[int, str]) -> None:
    try:
        bot(attack)
    except Exception as error:
        failures[id(attack)] = f"{type(error).__name__}: {error}"[:300]


def _attack(school: School, person: Visitor, chance: random.Random) -> Attack:
    duration_ms, period_s = school.terms.lesson_seconds * 1000, school.terms.report_period_s
    return Attack(person, duration_ms, period_s, random.Random(chance.random()))


def _judge_honest(school: School, learner: HonestLearner, failures: dict[int, str]) -> HonestTrial:
    auditor, enrolment = school.office.auditor.client, learner.person.enrollment_id
    refused = records.refusals_of(auditor, enrolment)
    worst = max(learner.losses, key=lambda loss: loss.ms, default=None)
    return HonestTrial(
        name=learner.habits.name,
        covered_s=sit_down(learner.person).covered_ms() / 1000,
        checks=learner.checks,
        lost_s=learner.lost_s,
        lost_max_s=learner.lost_max_s,
        why=worst.why if worst and worst.ms else "",
        refused=_words(refused),
        cheat_records=sum(refused[reason] for reason in records.CHEATS)
        + records.cases_of(auditor, enrolment),
        failure=failures.get(id(learner), ""),
    )


def _judge_bot(school: School, name: str, attack: Attack, failures: dict[int, str]) -> BotTrial:
    auditor, enrolment = school.office.auditor.client, attack.person.enrollment_id
    allowed_s, seat = attack.allowed_s, sit_down(attack.person)
    poll(lambda: seat.ask("GET", "/api/learning/playing").body["session"] is None, SILENCE_SECONDS, 1.0)
    earned_ms = seat.covered_ms()
    return BotTrial(
        name=name,
        tries=attack.tries,
        allowed_s=allowed_s,
        earned_s=earned_ms / 1000,
        audited_s=records.audited_ms(auditor, enrolment, earned_ms) / 1000,
        refused=_words(records.refusals_of(auditor, enrolment)),
        cases=records.cases_of(auditor, enrolment),
        failure=failures.get(id(attack), ""),
    )


def _words(refused: Counter[str]) -> str:
    return ", ".join(f"{reason} {times}" for reason, times in refused.most_common())

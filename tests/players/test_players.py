"""A small `make honest` and `make bots`: a few habits and bots on one running system."""

import random
import sys
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from testkit.servers.stack import Stack
from tests.players.bots import BOTS, Attack
from tests.players.honest import HABITS
from tests.players.school import School, Terms, side_by_side
from tests.players.seat import sit_down
from tests.players.trials import try_honest

TERMS = Terms(lesson_seconds=40, report_period_s=3)
TRIED = ("withheld reports", "4× in secret", "tail jump", "parallel devices", "dropping a pending check")
CONSOLE = Console(file=sys.stdout, width=130)


@pytest.fixture(scope="module")
def opened(stack: Stack, media: Path) -> School:
    """A school on the system that the tests share."""
    return School(stack, TERMS, CONSOLE)


@pytest.mark.timeout(400)
def test_an_honest_learner_loses_no_more_than_a_report_period(opened: School) -> None:
    people = opened.enrol(3)
    chosen = [habits for habits in HABITS if habits.name in ("jitter 50 %", "device changes", "rewinds")]
    trials = try_honest(opened, people, random.Random(1), lambda: None, habits=chosen)
    assert [trial.failure for trial in trials] == ["", "", ""]
    assert max(trial.lost_max_s for trial in trials) <= TERMS.report_period_s
    assert sum(trial.cheat_records for trial in trials) == 0


@pytest.mark.timeout(400)
def test_no_bot_earns_more_than_an_honest_viewer_would_have(opened: School) -> None:
    people = opened.enrol(len(TRIED))
    attacks = [
        Attack(person, TERMS.lesson_seconds * 1000, TERMS.report_period_s, random.Random(number))
        for number, person in enumerate(people)
    ]
    side_by_side([partial(BOTS[name], attack) for name, attack in zip(TRIED, attacks, strict=True)])
    for name, attack in zip(TRIED, attacks, strict=True):
        assert sit_down(attack.person).covered_ms() <= attack.allowed_s * 1000, name

"""`make honest` and `make bots`: what honest learners lose, what programs can steal, on the real system."""

import argparse
import random
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from testkit.servers.layout import REPOSITORY
from testkit.servers.system_processes import end_processes
from tests.load.report import write
from tests.players.bots import BOTS
from tests.players.disturbances import disturb_servers
from tests.players.honest import HABITS
from tests.players.school import School, Terms, school
from tests.players.trials import BotTrial, HonestTrial, try_bots, try_honest

STATE = REPOSITORY / ".run" / "players"
console = Console(width=None if sys.stdout.isatty() else 150)


def main() -> int:
    """0 when the last line is as it must be; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.players", description=__doc__)
    parser.add_argument("kind", choices=["honest", "bots"])
    parser.add_argument("--people", type=int, default=2 * len(HABITS), help="honest learners")
    parser.add_argument("--seconds", type=int, default=180, help="length of the lesson")
    parser.add_argument("--period", type=int, default=15, help="seconds between two reports")
    parser.add_argument("--mixes", type=int, default=20, help="random mixes, each drawn by Hypothesis")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    terms = Terms(lesson_seconds=options.seconds, report_period_s=options.period)
    with school(_fresh(STATE / options.kind), terms, console) as opened:
        return _honest(opened, options) if options.kind == "honest" else _bots(opened, options)


def _honest(opened: School, options: argparse.Namespace) -> int:
    people = opened.enrol(options.people)
    trials = try_honest(opened, people, random.Random(options.seed), lambda: disturb_servers(opened.stack))
    console.print(_honest_table(trials))
    lost_max_s = max(trial.lost_max_s for trial in trials)
    cheats = sum(trial.cheat_records for trial in trials)
    write("honest", vars(options) | {"trials": [vars(trial) for trial in trials]})
    unfinished = [trial.name for trial in trials if trial.failure]
    print(f"honest clients={len(trials)} lost_max_s={lost_max_s:.1f} cheat_records={cheats}")
    return int(lost_max_s > options.period or cheats > 0 or bool(unfinished))


def _bots(opened: School, options: argparse.Namespace) -> int:
    people = opened.enrol(len(BOTS) + 2)  # and a victim, and one for the random mixes
    trials = try_bots(opened, people, random.Random(options.seed), options.mixes)
    console.print(_bots_table(trials))
    stolen_s = sum(trial.stolen_s for trial in trials)
    tries = sum(trial.tries for trial in trials)
    write("bots", vars(options) | {"trials": [vars(trial) for trial in trials]})
    print(f"bots kinds={len(trials)} tries={tries} stolen_s={round(stolen_s, 1):g}")
    return int(stolen_s > 0 or any(trial.failure for trial in trials))


def _honest_table(trials: list[HonestTrial]) -> Table:
    table = Table("learner", "covered s", "checks", "lost s", "most at once", "why", "refused", "failure")
    for trial in trials:
        table.add_row(
            trial.name, f"{trial.covered_s:.1f}", str(trial.checks), f"{trial.lost_s:.1f}",
            f"{trial.lost_max_s:.1f}", trial.why, trial.refused, trial.failure,
        )  # fmt: skip
    return table


def _bots_table(trials: list[BotTrial]) -> Table:
    table = Table(
        "bot", "tries", "allowed s", "earned s", "stolen s", "auditor s", "refused", "cases", "failure"
    )
    for trial in trials:
        table.add_row(
            trial.name, str(trial.tries), f"{trial.allowed_s:.1f}", f"{trial.earned_s:.1f}",
            f"{trial.stolen_s:.1f}", f"{trial.audited_s:.1f}", trial.refused, str(trial.cases), trial.failure,
        )  # fmt: skip
    return table


def _fresh(state: Path) -> Path:
    end_processes(state)
    shutil.rmtree(state, ignore_errors=True)
    return state


if __name__ == "__main__":
    sys.exit(main())

"""`make faults`: break the whole system for ten minutes while people use it, and look for what is lost."""

import argparse
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from testkit.media.rendering import MEDIA, render_media
from testkit.servers.layout import REPOSITORY, StackError
from testkit.servers.stack import Stack
from testkit.servers.system_processes import end_processes
from tests.faults import plan
from tests.faults.campaign import Campaign, Outcome
from tests.faults.crowd import Crowd
from tests.load.report import write

STATE = REPOSITORY / ".run" / "faults"
PATIENCE_SECONDS = 400.0  # of a person, for all steps together
REPORT_SECONDS = 0.5  # twice as often as asked: more events for the same work
SETTLE_SECONDS = 720.0  # the longest wait of a retry queue, and a bit
KINDS = ("lost", "doubled", "out_of_order")
console = Console(width=None if sys.stdout.isatty() else 150)


def main() -> int:
    """0 when every guarantee held; 1 otherwise, and the system's state is kept."""
    options = arguments()
    print(f"seed {options.seed}")
    try:
        outcome = campaign(options, fresh(STATE))
    except StackError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    if outcome.findings:
        console.print(f"The system's state is kept in {STATE}; the same again: SEED={options.seed}")
    write("faults", figures(options, outcome))
    print(last_line(outcome))
    return 1 if outcome.findings else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--seconds", type=float, default=600, help="how long things break")
    parser.add_argument("--events", type=int, default=10_000, help="people play until there are so many")
    parser.add_argument("--people", type=int, default=16, help="at a time")
    return parser.parse_args()


def campaign(options: argparse.Namespace, state: Path) -> Outcome:
    """On a system of its own."""
    render_media(MEDIA)
    planned = plan.whole(options.seed, options.seconds)
    with Stack(state, console=console) as stack:
        crowd = Crowd(
            stack, MEDIA, people=options.people, followed=True,
            patience_seconds=PATIENCE_SECONDS, report_seconds=REPORT_SECONDS,
        )  # fmt: skip
        return Campaign(stack, crowd, planned, SETTLE_SECONDS, console).run(options.seconds, options.events)


def fresh(state: Path) -> Path:
    """An empty folder; processes that an earlier campaign left running in it are ended."""
    end_processes(state)
    shutil.rmtree(state, ignore_errors=True)
    return state


def figures(options: argparse.Namespace, outcome: Outcome) -> dict[str, Any]:
    """The figures that are kept of a campaign."""
    return vars(options) | vars(outcome) | {"findings": [vars(finding) for finding in outcome.findings]}


def last_line(outcome: Outcome) -> str:
    figures = " ".join(f"{kind}={outcome.count(kind)}" for kind in KINDS)
    return f"faults events={outcome.events} kills={outcome.kills} {figures} seconds={outcome.seconds:.0f}"


if __name__ == "__main__":
    sys.exit(main())

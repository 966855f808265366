"""`make bench-learning`: ours against plain FastAPI, then learners at their own pace; then what each costs.

1. Closed loop, SECONDS / 10 a round: 64 connections report as fast as they are answered, ours and the naive
   one in turn, behind the same gateway.
2. Growth: 100 to LEARNERS learners share the same 300 reports a second, each on a connection of their own.
3. Open loop, SECONDS: LEARNERS learners report every 15 s, pause, reload, leave and enter anew, and answer
   face checks.

It fails when a report that was acknowledged is not stored; never for being slow.
"""

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from testkit.servers.layout import REPOSITORY
from testkit.servers.stack import Stack
from tests.load import report
from tests.load.learning import books, clients, plot
from tests.load.learning.bench import PROGRAMS, Bench, Measured
from tests.load.learning.seeding import Seed, forget, seed

SECONDS = float(os.environ.get("SECONDS", "300"))
LEARNERS = int(os.environ.get("LEARNERS", "10000"))
ROUND_SECONDS, ROUNDS = max(5.0, SECONDS / 10), 2
CLOSED_LEARNERS, CONNECTIONS = min(LEARNERS, 3_000), 64
PERIOD_S, LIVELY = 15.0, 0.01
SIZES, RATE, TOLERANCE = (100, 300, 1_000, 3_000, 10_000), 300.0, 0.2
PLOT = REPOSITORY / ".run" / "reports" / "bench-learning.png"


def main() -> int:
    """Measure, report; 1 when something acknowledged is not there."""
    program = clients.built()
    state = Path(tempfile.mkdtemp(prefix="xueshi-bench-"))
    stack = Stack(state, programs=PROGRAMS)
    try:
        stack.start()
        figures = measure(Bench(stack, program))
    finally:
        stack.stop()
        shutil.rmtree(state)
    report.write("bench-learning", figures)
    print(last_line(figures))
    return 0 if figures["lost"] == 0 else 1


def measure(bench: Bench) -> dict[str, Any]:
    """All three."""
    rounds, lost_there = contest(bench)
    costs = growth(bench)
    paced, lost_here = live(bench)
    return {
        "rounds": {name: [shown(done) for done in all_] for name, all_ in rounds.items()},
        "reports_per_s": middle(rounds["ours"]), "naive_per_s": middle(rounds["naive"]),
        "cpu_ms_a_learner_and_minute": costs,
        "open": shown(paced), "learners": LEARNERS, "lost": lost_there + lost_here,
    }  # fmt: skip


def fresh(bench: Bench, count: int) -> list[Seed]:
    """So many learners, alone."""
    forget(bench.stack)
    return seed(bench.stack, count)


def contest(bench: Bench) -> tuple[dict[str, list[Measured]], int]:
    """Rounds of both in turn, so that both have the same neighbours on the machine; what ours lost."""
    rounds: dict[str, list[Measured]] = {"ours": [], "naive": []}
    lost = 0
    for _ in range(ROUNDS):
        for name in rounds:
            learners = fresh(bench, CLOSED_LEARNERS)
            how = {"mode": "closed", "connections": CONNECTIONS, "seconds": ROUND_SECONDS}
            if name == "ours":
                done = bench.run(learners, **how)
                lost += books.lost(bench.stack, done.sessions)
            else:
                with bench.naive(learners):
                    done = bench.run(learners, **how)
            rounds[name].append(done)
            show(f"closed loop, {name}", done)
    return rounds, lost


def growth(bench: Bench) -> dict[int, float]:
    """Processor ms of all servers for a learner and minute, by how many learners share the same load."""
    costs = {}
    for learners in [size for size in SIZES if size <= LEARNERS]:
        done = bench.run(
            fresh(bench, learners), mode="open", period=learners / RATE, seconds=max(ROUND_SECONDS, 15.0)
        )
        servers = sum(cost for name, cost in done.cpu_ms_a_report.items() if name != "client")
        costs[learners] = servers * 60 / PERIOD_S
        show(f"{learners} learners, {RATE:.0f} reports a second", done)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    plot.draw(costs, PLOT, tolerance=TOLERANCE)
    first, last = costs[min(costs)], costs[max(costs)]
    print(f"  a learner and minute: {first:.2f} ms of {min(costs)}, {last:.2f} ms of {max(costs)}; {PLOT}")
    return costs


def live(bench: Bench) -> tuple[Measured, int]:
    """Learners at their own pace, and how many of their acknowledged reports are not stored."""
    learners = fresh(bench, LEARNERS)
    with bench.face_worker():
        done = bench.run(
            learners, mode="open", period=PERIOD_S, seconds=SECONDS, lively=LIVELY, picture=bench.picture()
        )
    show(f"{LEARNERS} learners at {PERIOD_S:.0f} s", done)
    print(f"  {'what they did':40} {done.figures['actions']}")
    busiest = max(done.cpu_seconds, key=lambda name: done.cpu_seconds[name])
    share = done.cpu_seconds[busiest] / done.figures["seconds"]
    print(f"  bottleneck: {busiest}, {share:.0%} of a processor")
    return done, books.lost(bench.stack, done.sessions)


def middle(rounds: list[Measured]) -> float:
    """The median of the reports a second."""
    return statistics.median(done.figures["per_s"] for done in rounds)


def shown(done: Measured) -> dict[str, Any]:
    """What goes into the report."""
    return {**done.figures, "cpu_seconds": done.cpu_seconds, "cpu_ms_a_report": done.cpu_ms_a_report}


def show(what: str, done: Measured) -> None:
    """Three lines for a person."""
    figures = done.figures
    times = f"p50 {figures['p50_ms']:.1f} ms  p99 {figures['p99_ms']:.1f} ms"
    print(f"  {what:40} {figures['per_s']:.0f}/s  {times}  {figures['answers']}")
    print(f"  {'processor s':>40} " + "  ".join(f"{k} {v:.1f}" for k, v in done.cpu_seconds.items()))
    costs = "  ".join(f"{k} {v:.2f}" for k, v in done.cpu_ms_a_report.items())
    print(f"  {'processor ms a report':>40} {costs}", flush=True)


def last_line(figures: dict[str, Any]) -> str:
    """The line for programs."""
    ours, naive, paced = figures["reports_per_s"], figures["naive_per_s"], figures["open"]
    return (
        f"bench-learning reports_per_s={ours:.0f} naive_per_s={naive:.0f} ratio={ours / naive:.2f}"
        f" learners={figures['learners']} lost={figures['lost']}"
        f" p50_ms={paced['p50_ms']:.1f} p99_ms={paced['p99_ms']:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())

"""`make bench-events`: ours and plain Nameko, the same job on the same machine in the same run.

Ten dispatchers a side write and publish notes; another service keeps each. Flat out for SECONDS, then at
a steady 200 a second. It fails when a note of ours is lost or doubled; never for being slow.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from testkit.servers.stack import Stack
from tests.load import report
from tests.load.events import broker_limit
from tests.load.events.contest import Contestant, run

SECONDS = float(os.environ.get("SECONDS", "60"))
PACED_SECONDS, RATE = SECONDS / 2, 200.0
SERVERS = ("rabbitmq", "mongod")
INBOXES = {
    "ours": "benched.inbox",
    "naive": "evt-naive-bench.note.written.v1--naive-kept.keep",
    "raw": "evt-raw-bench.note.written.v1--raw-heard.hear",
}
SHOWN = ("per_s", "p50_ms", "p99_ms", "cpu_ms_a_note")


def main() -> int:
    """Measure, report; 1 when ours lost or doubled something."""
    state = Path(tempfile.mkdtemp(prefix="xueshi-bench-"))
    stack = Stack(state, programs=["epmd", "s3", *SERVERS])
    try:
        stack.start_servers()
        figures = measure(stack, state)
    finally:
        stack.stop()
        shutil.rmtree(state)
    report.write("bench-events", figures)
    print(last_line(figures))
    return 0 if figures["right"] else 1


def measure(stack: Stack, state: Path) -> dict[str, Any]:
    """Every contestant, one after the other; `right`: all of ours are kept, each once."""
    figures: dict[str, Any] = {}
    for name in ("naive", "ours", "raw"):
        contestant = a_contestant(stack, name)
        pids = {server: stack.pid(server) for server in SERVERS}
        for pace, seconds, rate in (("flat_out", SECONDS, 0.0), ("paced", PACED_SECONDS, RATE)):
            done = run(contestant, state / f"{name}-{pace}", pids, seconds, rate)
            figures[f"{name}_{pace}"] = done.figures()
            show(f"{name}, {pace}", figures[f"{name}_{pace}"])
    figures["pika_per_s"] = broker_limit.measure(stack.env_for("payment")["XUESHI_AMQP_URI"])
    show("pika, no store and no service", {"per_s": figures["pika_per_s"]})
    notes = figures["ours_flat_out"]["notes"] + figures["ours_paced"]["notes"]
    lost = figures["ours_flat_out"]["lost"] + figures["ours_paced"]["lost"]
    kept = count_kept(stack)
    return figures | {"notes": notes, "kept": kept, "right": (lost, kept) == (0, notes)}


def a_contestant(stack: Stack, name: str) -> Contestant:
    """The borrowed databases are enrollment's and payment's."""
    writer, reader = (
        {"PATH": os.environ["PATH"], **stack.env_for(service)} for service in ("enrollment", "payment")
    )
    return Contestant(name=name, inbox=INBOXES[name], writer=writer, reader=reader)


def count_kept(stack: Stack) -> int:
    """How many notes our reader's database holds, each handled once; another number is a fault."""
    with MongoClient[dict[str, Any]](stack.env_for("payment")["XUESHI_MONGO_URI"]) as client:
        notes = client.get_default_database()["bench_notes"]
        return notes.count_documents({"version": 0, "handled": {"$size": 1}})


def show(what: str, figures: dict[str, Any]) -> None:
    """A line for a person."""
    shown = (f"{name}={_text(figures[name])}" for name in SHOWN if name in figures)
    print(f"  {what:32} {'  '.join(shown)}")


def last_line(figures: dict[str, Any]) -> str:
    """The line for programs."""
    ours, naive = figures["ours_flat_out"]["per_s"], figures["naive_flat_out"]["per_s"]
    raw = figures["raw_flat_out"]["per_s"]
    paced = {name: figures[f"{name}_paced"] for name in ("ours", "naive")}
    return (
        f"bench-events ratio={ours / naive:.2f} ours_per_s={ours:.0f} naive_per_s={naive:.0f}"
        f" raw_nameko_per_s={raw:.0f}"
        f" p50_ms={paced['ours']['p50_ms']:.1f} p99_ms={paced['ours']['p99_ms']:.1f}"
        f" naive_p50_ms={paced['naive']['p50_ms']:.1f} naive_p99_ms={paced['naive']['p99_ms']:.1f}"
    )


def _text(figure: Any) -> str:
    if isinstance(figure, dict):
        return " ".join(f"{name}:{value:.2f}" for name, value in figure.items())
    return f"{figure:.1f}"


if __name__ == "__main__":
    sys.exit(main())

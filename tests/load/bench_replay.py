"""`make bench-replay`: how many events a second `xueshi log replay` reads from the stream and prints.

It starts a broker of its own, puts EVENTS small events (one million) on its stream and runs the command as an
operator does. It fails when an event is missing, doubled or out of order; never for being slow.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pika
from amqp import Connection, Message
from rich.progress import track

from deploy.local import rabbitmq
from deploy.local.layout import REPOSITORY
from deploy.local.stack import Stack
from shared.messaging import topology
from shared.messaging.envelope import CONTENT_TYPE
from tests.load import report

EVENTS = int(os.environ.get("EVENTS", "1_000_000"))
AT_ONCE = 1_000  # events that are on their way to the broker together
SUBJECTS = 1_000
RUNS = 3
FIRST = '{"specversion":"1.0","id":"'  # how a line begins


def main() -> int:
    """Measure, report; 1 when something was lost, doubled or out of order."""
    with tempfile.TemporaryDirectory(prefix="xueshi-bench-") as state:
        stack = Stack(Path(state), programs=["epmd", "rabbitmq"])
        try:
            stack.start_servers()
            uri = rabbitmq.uri(stack.site)
            printed = Path(state) / "printed"
            publish(uri)
            runs = [replay(uri, printed) for _ in range(RUNS)]
            one = replay(uri, printed, "--subject", "study-7")
        finally:
            stack.stop()
    right = all(it["events"] == EVENTS and it["in_order"] for it in runs)
    right = right and one["events"] == len(range(7, EVENTS, SUBJECTS)) and one["in_order"]
    per_s = EVENTS / sorted(it["seconds"] for it in runs)[len(runs) // 2]
    report.write(
        "bench-replay",
        {"events": EVENTS, "stream_per_s": per_s, "runs": runs, "one_subject": one, "right": right},
    )
    print(f"bench-replay stream_per_s={per_s:.0f}")
    return 0 if right else 1


def event(number: int) -> str:
    """A small event; its number is its id and its place in the log."""
    return json.dumps(
        {
            "specversion": "1.0", "id": f"{number:032d}", "source": "learning",
            "type": "learning.playback.credited.v1", "subject": f"study-{number % SUBJECTS}",
            "time": "2026-03-01T08:00:00+00:00", "sequence": f"{number // SUBJECTS + 1:010d}",
            "datacontenttype": "application/json", "traceparent": f"00-{number:032x}-{number:016x}-01",
            "data": {"lesson_id": f"{number:032d}", "person_id": f"{number:032d}", "seconds": 30},
        },
        separators=(",", ":"),
    )  # fmt: skip


def publish(uri: str) -> None:
    """Put all events on the stream in their order, each confirmed; at most a thousand are on their way."""
    where = pika.URLParameters(uri)
    address = {"host": f"{where.host}:{where.port}", "virtual_host": where.virtual_host}
    login = {"userid": where.credentials.username, "password": where.credentials.password}
    with Connection(**address, **login) as connection:
        channel = connection.channel()
        topology.declare_publisher(channel, "learning")
        channel.confirm_select()
        waiting = awaited(channel)
        for number in track(range(EVENTS), "Publishing", disable=not sys.stderr.isatty()):
            send(channel, number)
            waiting.add(number + 1)  # its delivery tag
            while len(waiting) >= (AT_ONCE if number + 1 < EVENTS else 1):
                connection.drain_events(timeout=30)


def awaited(channel: Any) -> set[int]:
    """Delivery tags whose confirm has not come; whoever publishes adds to it."""
    waiting: set[int] = set()

    def settle(tag: int, multiple: bool) -> None:
        waiting.difference_update([it for it in waiting if it <= tag] if multiple else [tag])

    channel.events["basic_ack"].add(settle)
    return waiting


def send(channel: Any, number: int) -> None:
    """Publish one event; its confirm comes later."""
    properties = {"content_type": CONTENT_TYPE, "message_id": f"{number:032d}", "delivery_mode": 2}
    exchange = topology.events_exchange("learning")
    channel.basic_publish(Message(event(number), **properties), exchange, "learning.playback.credited.v1")


def replay(uri: str, printed: Path, *arguments: str) -> dict[str, Any]:
    """Run the command; how many events it printed, whether each once and in order, in how many seconds.

    The seconds hold everything: the start of Python, the look for the log's end, the silence behind it.
    """
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "XUESHI_AMQP_URI": uri}
    command = [sys.executable, "-m", "deploy.operate", "log", "replay", *arguments]
    started = time.perf_counter()
    with printed.open("wb") as output:
        done = subprocess.run(command, env=environment, stdout=output)
    seconds = time.perf_counter() - started
    with printed.open("rb") as lines:
        ids = [int(line[len(FIRST) : len(FIRST) + 32]) for line in lines]
    in_order = done.returncode == 0 and all(before < after for before, after in pairwise(ids))
    return {"arguments": arguments, "events": len(ids), "in_order": in_order, "seconds": seconds}


if __name__ == "__main__":
    sys.exit(main())

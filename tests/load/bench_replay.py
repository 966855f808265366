"""`make bench-replay`: how many events a second `xueshi log replay` prints, from the stream and the archive.

It starts servers of its own, puts EVENTS small events (one million) on the stream, lets audit's log and its
archiver have them, and runs the command as an operator does. It fails when an event is missing, doubled or
out of order; never for being slow.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testkit.servers import environments
from testkit.servers.layout import REPOSITORY
from testkit.servers.stack import Stack
from tests.load import report
from tests.load.archiving import archive, timed
from tests.load.publishing import SUBJECTS, number_of, publish

EVENTS = int(os.environ.get("EVENTS", "1_000_000"))
RUNS = 3
SUBJECT = 7


def main() -> int:
    """Measure, report; 1 when something was lost, doubled or out of order."""
    with tempfile.TemporaryDirectory(prefix="xueshi-bench-") as state:
        stack = Stack(Path(state), programs=["epmd", "rabbitmq", "mongod", "s3"])
        try:
            stack.start_servers()
            figures = measure(stack, Path(state) / "printed")
        finally:
            stack.stop()
    report.write("bench-replay", figures)
    print("By CPU time:", shown(figures, "stream_per_cpu_s", "archive_per_cpu_s"))
    print("bench-replay", shown(figures, "stream_per_s", "archive_per_s"))
    return 0 if figures["right"] else 1


def measure(stack: Stack, printed: Path) -> dict[str, Any]:
    """Everything that is reported."""
    environment = environments.events(stack.site, "audit")
    operator = operators_environment(stack, environment)
    publishing = timed(lambda: publish(environment["XUESHI_AMQP_URI"], EVENTS))
    figures = {"events": EVENTS, "publish_per_s": EVENTS / publishing}
    figures |= source_figures("stream", operator, printed)
    figures |= archive(environment, EVENTS)
    figures |= source_figures("archive", operator, printed)
    both = replay(operator, printed, range(EVENTS))
    right = both["right"] and figures["stream_right"] and figures["archive_right"]
    return figures | {"both": both, "right": right}


def source_figures(source: str, operator: Mapping[str, str], printed: Path) -> dict[str, Any]:
    """Of all events, the median of three runs; and of one subject's."""
    own, few = ("--source", source), range(SUBJECT, EVENTS, SUBJECTS)
    runs = [replay(operator, printed, range(EVENTS), *own) for _ in range(RUNS)]
    one = replay(operator, printed, few, *own, "--subject", f"study-{SUBJECT}")
    return {
        f"{source}_per_s": EVENTS / median(runs, "seconds"),
        f"{source}_per_cpu_s": EVENTS / median(runs, "cpu_seconds"),
        f"{source}_right": all(run["right"] for run in (*runs, one)),
        f"{source}_runs": runs,
        f"{source}_one_subject": one,
    }


def operators_environment(stack: Stack, environment: Mapping[str, str]) -> dict[str, str]:
    """What an operator sets."""
    names = ("AMQP_URI", "S3_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY", "ARCHIVE_BUCKET")
    public = str(stack.credentials.ec_pair("archive").public)
    return {f"XUESHI_{name}": environment[f"XUESHI_{name}"] for name in names} | {
        "XUESHI_ARCHIVE_PUBLIC_KEY": public
    }


def replay(operator: Mapping[str, str], printed: Path, expected: range, *arguments: str) -> dict[str, Any]:
    """Run the command; whether it printed what is expected, each once and in order, in how many seconds.

    The seconds include everything: the start of Python, finding the log's end, the silence after it.
    """
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **operator}
    command = [sys.executable, "-m", "tools.xueshi", "log", "replay", *arguments]
    started = time.perf_counter()
    with printed.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    with printed.open("rb") as lines:
        right = [number_of(line) for line in lines] == list(expected)
    cpu = used.ru_utime + used.ru_stime
    return {"arguments": arguments, "right": right and status == 0, "seconds": seconds, "cpu_seconds": cpu}


def median(runs: list[dict[str, Any]], name: str) -> float:
    """Of an odd number of runs."""
    return float(sorted(run[name] for run in runs)[len(runs) // 2])


def shown(figures: dict[str, Any], *names: str) -> str:
    """As `name=figure`."""
    return " ".join(f"{name}={figures[name]:.0f}" for name in names)


if __name__ == "__main__":
    sys.exit(main())

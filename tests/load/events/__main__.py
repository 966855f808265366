"""`make bench-events`: ours and plain Nameko, the same job on the same machine in the same run."""

import os
import sys
import tempfile
from pathlib import Path

from deploy.local.stack import Stack
from tests.load.events.contest import Contestant, run

SECONDS = float(os.environ.get("SECONDS", "60"))
PACED_SECONDS, RATE = float(os.environ.get("PACED", "30")), 200.0


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="xueshi-bench-") as state:
        stack = Stack(Path(state), programs=["epmd", "rabbitmq", "mongod", "s3"])
        try:
            stack.start_servers()
            wanted = sys.argv[1:] or ["naive", "ours", "raw"]
            for name in wanted:
                for rate, seconds in ((0.0, SECONDS), (RATE, PACED_SECONDS)):
                    it = run(
                        contestants(stack)[name],
                        Path(state) / "out" / f"{name}-{rate}",
                        pids(stack),
                        seconds,
                        rate,
                    )
                    print(name, rate, it.figures(), flush=True)
        finally:
            stack.stop()
    return 0


def pids(stack: Stack) -> dict[str, int]:
    return {name: stack.pid(name) for name in ("rabbitmq", "mongod")}


def contestants(stack: Stack) -> dict[str, Contestant]:
    writer, reader = ({"PATH": os.environ["PATH"], **stack.env_for(it)} for it in ("enrollment", "payment"))
    inboxes = {
        "ours": "benched.inbox",
        "naive": "evt-naive-bench.note.written.v1--naive-kept.keep",
        "raw": "evt-raw-bench.note.written.v1--raw-heard.hear",
    }
    return {
        name: Contestant(name=name, inbox=inbox, writer=writer, reader=reader)
        for name, inbox in inboxes.items()
    }


if __name__ == "__main__":
    sys.exit(main())

"""`make bench-learning`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from pymongo import MongoClient

from testkit.servers.layout import ENVIRONMENT, REPOSITORY
from testkit.servers.stack import Stack
from testkit.waiting import eventually
from tests.load.learning import clients, processes, seeding

SECONDS = float(os.environ.get("SECONDS", "20"))
LEARNERS = int(os.environ.get("LEARNERS", "10000"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "64"))
SERVERS = ("epmd", "s3", "rabbitmq", "mongod")
SERVICES = ("gateway", "learning-api", "learning-events")
MEASURED = ("gateway", "learning-api", "learning-events", "mongod", "rabbitmq")


def main() -> int:
    state = Path(tempfile.mkdtemp(prefix="xueshi-bench-"))
    program = clients.built()
    stack = Stack(state, programs=[*SERVERS, *SERVICES])
    try:
        stack.start()
        import time

        b = time.time()
        learners = seeding.seed(stack, LEARNERS)
        print("seeding took", time.time() - b)
        path = state / "learners"
        path.write_text("".join(json.dumps(asdict(learner)) + "\n" for learner in learners))
        ours = closed(stack, program, path, state)
        show("ours", ours)
        stack.supervisor.halt("learning-events")
        with plain(stack, learners) as pid:
            plainly = closed(stack, program, path, state, {"naive": pid})
            show("naive", plainly)
        print(f"ratio={ours[0]['per_s'] / plainly[0]['per_s']:.2f}")
        print(stack.log("learning-api")[-2000:])
    finally:
        stack.stop()
        shutil.rmtree(state)
    return 0


def closed(stack, program, path, state, more=None):
    pids = processes.pids_of(stack, MEASURED) | (more or {})
    gateway = f"127.0.0.1:{stack.site.ports['gateway']}"
    with processes.measured(pids) as spent:
        result = clients.run(
            program,
            state,
            mode="closed",
            address=gateway,
            learners=path,
            connections=CONNECTIONS,
            seconds=SECONDS,
        )
    return result.figures, spent | {"client": result.cpu_seconds}


def show(name, measured):
    figures, spent = measured
    n = figures["reports"] or 1
    print(name, {k: v for k, v in figures.items() if k != "actions"})
    print("   cpu s", {k: round(v, 2) for k, v in spent.items()})
    print("   cpu ms a report", {k: round(1000 * v / n, 3) for k, v in spent.items()}, flush=True)


@contextmanager
def plain(stack: Stack, learners: list[seeding.Seed]) -> Iterator[int]:
    environment = stack.env_for("learning")
    with MongoClient(environment["XUESHI_MONGO_URI"]) as client:
        rows = client.get_default_database()["bench_naive_sessions"]
        rows.insert_many(
            [
                {"_id": l.session, "enrollment_id": l.enrollment, "person_id": l.person, "covered_ms": 0}
                for l in learners
            ]
        )
    stack.supervisor.halt("learning-api")
    command = [
        str(ENVIRONMENT / "uvicorn"),
        "tests.load.learning.naive:app",
        "--host",
        "127.0.0.1",
        "--port",
        str(stack.site.ports["learning-api"]),
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen(command, cwd=REPOSITORY, env={"PATH": os.environ["PATH"], **environment})
    try:
        from testkit.servers import gateway

        eventually(lambda: gateway.routes(stack.site, ["learning"]))
        yield process.pid
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())

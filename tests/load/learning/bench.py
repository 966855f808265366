"""The system that is measured: the servers, the gateway, learning and proctor, and what runs beside them."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pymongo import MongoClient

from testkit.servers import gateway
from testkit.servers.layout import ENVIRONMENT, REPOSITORY
from testkit.servers.stack import Stack
from testkit.waiting import eventually
from tests.load.learning import clients, processes
from tests.load.learning.seeding import Seed

PROGRAMS = (
    *("epmd", "s3", "rabbitmq", "mongod", "gateway"),
    *("learning-api", "learning-events", "proctor-api", "proctor-events"),
)
MEASURED = (
    "gateway",
    "learning-api",
    "learning-events",
    "proctor-api",
    "proctor-events",
    "mongod",
    "rabbitmq",
)
NAIVE_COLLECTION = "bench_naive_sessions"
START_SECONDS, STOP_SECONDS = 60.0, 30.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one run of the client measured, and the processor seconds of everybody meanwhile."""

    figures: dict[str, Any]
    sessions: list[dict[str, Any]]
    cpu_seconds: dict[str, float]

    @property
    def cpu_ms_a_report(self) -> dict[str, float]:
        """By process."""
        reports = max(1, self.figures["reports"])
        return {name: 1000 * seconds / reports for name, seconds in self.cpu_seconds.items()}


class Bench:
    """`stack` has started; `program` is the client."""

    def __init__(self, stack: Stack, program: Path) -> None:
        self.stack, self._program = stack, program
        self._beside: dict[str, int] = {}

    def run(self, learners: Sequence[Seed], **options: object) -> Measured:
        """Let the client run with these options."""
        state = self.stack.state
        file = state / "learners"
        file.write_text("".join(json.dumps(asdict(learner)) + "\n" for learner in learners))
        pids = processes.pids_of(self.stack, MEASURED) | self._beside
        address = f"127.0.0.1:{self.stack.site.ports['gateway']}"
        with processes.measured(pids) as spent:
            result = clients.run(self._program, state, address=address, learners=file, **options)
        spent["client"] = result.cpu_seconds
        return Measured(figures=result.figures, sessions=result.sessions, cpu_seconds=spent)

    def picture(self) -> Path:
        """A JPEG to answer face checks with."""
        path = self.stack.state / "frame.jpg"
        Image.effect_noise((320, 240), 40).convert("RGB").save(path, "JPEG", quality=60)
        return path

    @contextmanager
    def face_worker(self) -> Iterator[None]:
        """The stand-in for the face worker."""
        command = [str(ENVIRONMENT / "python"), "-m", "tests.load.learning.face"]
        with self._process("face stand-in", command, self.stack.env_for("proctor")):
            yield

    @contextmanager
    def naive(self, learners: Sequence[Seed]) -> Iterator[None]:
        """The baseline in learning's place, behind the same gateway, with a document for each learner."""
        environment, port = self.stack.env_for("learning"), self.stack.site.ports["learning-api"]
        with MongoClient[dict[str, Any]](environment["XUESHI_MONGO_URI"]) as client:
            client.get_default_database()[NAIVE_COLLECTION].insert_many(map(_document, learners))
        command = [
            *(str(ENVIRONMENT / "uvicorn"), "tests.load.learning.naive:app"),
            *("--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"),
        ]
        self.stack.supervisor.halt("learning-api")
        try:
            with self._process("naive", command, environment):
                eventually(lambda: gateway.routes(self.stack.site, ["learning"]), START_SECONDS)
                yield
        finally:
            self.stack.supervisor.launch("learning-api")
            self.stack.await_ready("learning-api")
            eventually(lambda: gateway.routes(self.stack.site, ["learning"]), START_SECONDS)

    @contextmanager
    def _process(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
        whole = {"PATH": os.environ["PATH"], **environment}
        process = subprocess.Popen(command, cwd=REPOSITORY, env=whole)
        self._beside[name] = process.pid
        try:
            yield
            if process.poll() is not None:
                raise RuntimeError(f"{name} has ended with status {process.returncode}")
        finally:
            del self._beside[name]
            process.terminate()
            process.wait(STOP_SECONDS)


def _document(learner: Seed) -> dict[str, Any]:
    return {
        "_id": learner.session, "enrollment_id": learner.enrollment, "person_id": learner.person,
        "covered_ms": 0, "position_ms": 0, "reports": 0,
    }  # fmt: skip

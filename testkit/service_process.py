"""A service's process that a test starts, watches and kills."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx

from testkit.servers.layout import REPOSITORY
from testkit.waiting import eventually

READY_SECONDS, STOP_SECONDS = 90.0, 30.0  # on a busy machine


def nameko(module: str) -> list[str]:
    """The stock command that runs the service classes of a module."""
    return [str(Path(sys.executable).with_name("nameko")), "run", module]


class Process:
    """A process of a service, with an admin port of its own; its output goes to `log`, if there is one."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path | None) -> None:
        self._command, self._environment, self._log = command, environment, log
        self.start()

    def start(self) -> None:
        """Start it, or start it again after it has ended."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._admin = f"http://127.0.0.1:{port}"
        environment = {"PATH": os.environ["PATH"], **self._environment, "XUESHI_ADMIN_PORT": str(port)}
        with self._log.open("ab") if self._log else nullcontext() as output:
            self._process = subprocess.Popen(
                self._command, cwd=REPOSITORY, env=environment, stdout=output, stderr=output
            )

    def await_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until it is ready. Raises RuntimeError when it has ended, AssertionError when time is up."""
        eventually(self._is_ready, seconds)

    def kill(self) -> None:
        """SIGKILL: it cannot clean up."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status. Raises TimeoutExpired after 30 s, and kills it."""
        self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS)
        finally:
            self.kill()

    def metrics(self) -> str:
        """The metrics, as Prometheus reads them."""
        return httpx.get(f"{self._admin}/metrics", trust_env=False).text

    @property
    def pid(self) -> int:
        """The process id while it runs; 0 once it has ended."""
        return self._process.pid if self._process.poll() is None else 0

    @property
    def status(self) -> int | None:
        """The exit status once it has ended."""
        return self._process.poll()

    def _is_ready(self) -> bool:
        if not self.pid:
            output = self._log.read_text(errors="replace")[-3000:] if self._log else ""
            raise RuntimeError(f"the process has ended with status {self._process.returncode}:\n{output}")
        try:
            return httpx.get(f"{self._admin}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False


@contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path | None = None,
    ready_seconds: float = READY_SECONDS,
) -> Iterator[Process]:
    """The process while the context lasts; ready when it begins, stopped when it ends."""
    process = Process(command, environment, log)
    try:
        process.await_ready(ready_seconds)
        yield process
    finally:
        process.stop()

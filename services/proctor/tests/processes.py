"""Processes of proctor that a test starts, kills and ends."""

import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self

import httpx

from deploy.local.layout import REPOSITORY

READY_WITHIN_SECONDS = 240.0  # TensorFlow's import and first trace on a busy machine
STOP_WITHIN_SECONDS = 30.0


class Process:
    """One process with an admin port, ready when the context begins; its log goes to `log`."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self._command, self._log = command, log
        self._environ = {"PATH": os.environ["PATH"], **environ}

    def __enter__(self) -> Self:
        self.start()
        try:
            self.await_ready()
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_SECONDS)
        finally:
            self._process.kill()
            self._output.close()

    def start(self) -> None:
        """Begin, on a port of its own."""
        self._port = _free_port()
        environ = self._environ | {"XUESHI_ADMIN_PORT": str(self._port)}
        self._output: IO[bytes] = self._log.open("ab")
        self._process = subprocess.Popen(
            self._command, cwd=REPOSITORY, env=environ, stdout=self._output, stderr=subprocess.STDOUT
        )

    def await_ready(self) -> None:
        """Raises RuntimeError with the end of the log when it ends or does not become ready."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"not ready:\n{self._log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)  # between two questions; readiness is the answer

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        self._process.kill()
        self._process.wait()
        self._output.close()

    def metrics(self) -> str:
        """What Prometheus would read."""
        return httpx.get(f"http://127.0.0.1:{self._port}/metrics", trust_env=False).text

    @property
    def pid(self) -> int:
        """The process id while it runs; 0 once it has ended."""
        return self._process.pid if self._process.poll() is None else 0

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self._port}/readyz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

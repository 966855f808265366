"""A stand-in as a real process on a free port, for tests."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 30.0
STOP_WITHIN_SECONDS = 10.0


@contextmanager
def free_port() -> Iterator[socket.socket]:
    """A listening socket to hand to a process: no port to lose, and early callers wait in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def url_of(listener: socket.socket) -> str:
    """The address of whatever serves this socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serving(
    app: str, listener: socket.socket, environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """``app`` under uvicorn on ``listener`` while the context lasts; ready when it begins."""
    command = [sys.executable, "-m", "uvicorn", app, "--fd", str(listener.fileno()), "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, pass_fds=[listener.fileno()])
    try:
        _await_ready(url_of(listener), process)
        yield process
    finally:
        process.terminate()
        process.wait(STOP_WITHIN_SECONDS)


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    # The socket queues this request until the process accepts it, so one request is enough.
    try:
        httpx.get(f"{url}/readyz", timeout=READY_WITHIN_SECONDS, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise RuntimeError(f"the process does not answer; its exit status is {process.poll()}") from error

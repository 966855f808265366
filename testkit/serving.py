"""Applications that answer HTTP, served in the process of a test or in a process of their own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from testkit.servers.layout import REPOSITORY

READY_SECONDS, STOP_SECONDS = 30.0, 10.0


@contextmanager
def in_process(app: FastAPI, environment: Mapping[str, str]) -> Iterator[TestClient]:
    """A client of an api that runs in this process, on the real servers of `environment`."""
    with patch.dict(os.environ, environment), TestClient(app, raise_server_exceptions=False) as client:
        yield client


@contextmanager
def free_port() -> Iterator[socket.socket]:
    """A listening socket to hand to a process: no port to lose, and early callers wait in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def url_of(listener: socket.socket) -> str:
    """The address of the application that serves this socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serving(
    app: str, listener: socket.socket, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """`app` under uvicorn on `listener` while the context lasts; ready when it begins."""
    command = [sys.executable, "-m", "uvicorn", app, "--fd", str(listener.fileno()), "--log-level", "warning"]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, env={**os.environ, **environment}, pass_fds=[listener.fileno()]
    )
    try:
        _await_ready(url_of(listener), process)
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    # The socket queues this request until the process accepts it, so one request is enough.
    try:
        httpx.get(f"{url}/readyz", timeout=READY_SECONDS, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise RuntimeError(f"the process does not answer; its exit status is {process.poll()}") from error

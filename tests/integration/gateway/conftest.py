"""The gateway's configuration, in a real HAProxy before small real backends."""

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey

from testkit.servers import gateway
from testkit.servers.credentials import Credentials
from testkit.servers.ports import PortBlock
from testkit.servers.programs import Site
from testkit.waiting import poll
from tests.integration.gateway.backends import Backend, BrokenBackend, QuietServer
from tests.integration.gateway.requests import BODY_LIMIT, RATE_ADDRESS, RATE_FLOOD, RATE_SESSION

START_SECONDS = 10.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state = tmp_path_factory.mktemp("gateway")
    ports = PortBlock.free()
    yield Site(state, ports, Credentials(state / "secrets"))
    ports.close()


@pytest.fixture(scope="module")
def haproxy(site: Site) -> Iterator[Path]:
    """HAProxy before a backend for enrollment and a broken one for audit; gives the path of its log."""
    servers = [_serve(site, "enrollment", Backend), _serve(site, "audit", BrokenBackend)]
    log = site.state / "haproxy.log"
    limits = {
        "XUESHI_BODY_LIMIT": str(BODY_LIMIT),
        "XUESHI_RATE_SESSION": str(RATE_SESSION),
        "XUESHI_RATE_ADDRESS": str(RATE_ADDRESS),
        "XUESHI_RATE_FLOOD": str(RATE_FLOOD),
    }
    environment = {"PATH": os.environ["PATH"] + ":/usr/sbin", **gateway.environment(site), **limits}
    with log.open("wb") as output:
        process = subprocess.Popen(
            gateway.program(site).command, env=environment, stdout=output, stderr=output
        )
    try:
        _await_answer(site, process, log)
        yield log
    finally:
        process.terminate()
        process.wait(10)
        for server in servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def client(site: Site, haproxy: Path) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=5) as client:
        yield client


@pytest.fixture
def key(site: Site) -> ECKey:
    return ECKey.import_key(site.credentials.ec_pair("token").private.read_bytes())


def _serve(site: Site, service: str, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = QuietServer(("127.0.0.1", site.ports[f"{service}-api"]), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _await_answer(site: Site, process: subprocess.Popen[bytes], log: Path) -> None:
    ready = gateway.program(site).ready
    poll(lambda: ready() or process.poll() is not None, START_SECONDS)
    assert ready(), log.read_text()

"""Who watches a video slowly keeps nobody else out of the service, nor out of its videos."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from testkit.servers.programs import Site
from testkit.waiting import poll
from tests.integration.gateway.backends import Backend, QuietServer
from tests.integration.gateway.requests import assert_problem

PLACES, A_PERSON = 200, 8
VIDEO = bytes(32 * 1024 * 1024)  # more than what lies between a viewer and a service that waits


class Cinema(Backend):
    """Plays long videos, and answers everything else at once."""

    def do_GET(self) -> None:  # noqa: N802 - as http.server calls it
        self._answer(VIDEO if "/videos/" in self.path else b"ok")


class LargeServer(QuietServer):
    request_queue_size = 300


def a_link(person: str) -> str:
    """As learning signs it; the gateway does not look at the signature."""
    header, claims = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "HS256"}, {"sub": person})
    )
    return f"/api/learning/lessons/a/videos/original?link={header}.{claims}.c2ln"


@pytest.fixture
def cinema(site: Site, haproxy: Path, client: httpx.Client) -> Iterator[None]:
    server = LargeServer(("127.0.0.1", site.ports["learning-api"]), Cinema)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for path in ("/api/learning/enrollments", a_link("nobody")):  # each of the two backends has found it
        assert poll(lambda path=path: client.get(path).status_code == 200, 20), path
    yield
    server.shutdown()
    server.server_close()


def watch(site: Site, person: str) -> socket.socket:
    """Ask for a video, and read nothing of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", site.ports["gateway"]))
    connection.sendall(f"GET {a_link(person)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


@pytest.mark.usefixtures("cinema")
def test_videos_that_nobody_reads_leave_the_places_of_the_service(site: Site, client: httpx.Client) -> None:
    with ExitStack() as kept:
        watching = [kept.enter_context(watch(site, f"p{number}")) for number in range(PLACES + 10)]
        for connection in watching[:PLACES]:
            assert connection.recv(1)
        assert client.get("/api/learning/enrollments").status_code == 200


@pytest.mark.usefixtures("cinema")
def test_a_person_watches_few_videos_at_once(site: Site, client: httpx.Client) -> None:
    with ExitStack() as kept:
        for _ in range(A_PERSON):
            kept.enter_context(watch(site, "li")).recv(1)
        assert_problem(client.get(a_link("li")), 429, "video.too_many")
        assert client.get(a_link("wang")).status_code == 200
    assert poll(lambda: client.get(a_link("li")).status_code == 200, 10)

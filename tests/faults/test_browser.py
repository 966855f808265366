"""What a patient client repeats, against a server with prepared answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from testkit.actors.client import Refusal
from tests.faults.browser import PatientClient


@contextmanager
def a_server(*statuses: int) -> Iterator[str]:
    """Answers with these statuses, one after the other; 0 hangs up without an answer."""
    left = list(statuses)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if status := left.pop(0):
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.connection.close()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("failing", [0, 429, 500, 502, 503, 504])
def test_what_did_not_come_is_asked_for_again(failing):
    with a_server(failing, 200) as url:
        client = PatientClient(url)
        assert client.send("GET", "/").status_code == 200
        assert client.repeated == 1


def test_a_refusal_is_not_repeated():
    with a_server(409, 200) as url, pytest.raises(Refusal):
        PatientClient(url).send("GET", "/")


def test_a_refused_token_brings_a_new_login():
    logins = []
    with a_server(401, 200) as url:
        client = PatientClient(url, lambda: logins.append("again"))
        assert client.send("GET", "/api/learning/enrollments").status_code == 200
    assert logins == ["again"]


def test_a_wrong_password_is_not_tried_again():
    with a_server(401, 200) as url, pytest.raises(Refusal):
        PatientClient(url).send("GET", "/api/identity/tokens")

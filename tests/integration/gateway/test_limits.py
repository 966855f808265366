"""Limits: size of a body, connections at once. Those of requests are in test_rates."""

import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from testkit.servers.programs import Site
from tests.integration.gateway.requests import BODY_LIMIT, PATH, assert_problem, send_raw

LEARNERS = 10_000


def test_a_body_at_the_limit_passes(client: httpx.Client) -> None:
    assert client.post(PATH, content=b"x" * BODY_LIMIT).json()["length"] == BODY_LIMIT


def test_a_body_past_the_limit_is_too_large(client: httpx.Client) -> None:
    response = client.post(PATH, content=b"x" * (BODY_LIMIT + 1))
    assert_problem(response, 413, "body.too_large")
    assert str(BODY_LIMIT) in response.json()["detail"]


@pytest.mark.parametrize("length", ["9223372036854775807", "99999999999"])
def test_an_absurd_length_is_too_large(site: Site, haproxy: Path, length: str) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    assert send_raw(site, head).startswith("HTTP/1.1 413 ")


def test_a_body_of_unknown_length_is_refused(client: httpx.Client) -> None:
    for method in ("POST", "GET", "DELETE"):
        response = client.request(method, PATH, content=iter([b"x" * 100]))
        assert_problem(response, 411, "length.required")


def test_a_post_must_give_its_length(site: Site, haproxy: Path) -> None:
    answer = send_raw(site, f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith("HTTP/1.1 411 ")


def test_ten_thousand_learners_keep_their_connections(site: Site, haproxy: Path) -> None:
    with ExitStack() as kept:
        for _ in range(LEARNERS):
            last = kept.enter_context(
                socket.create_connection(("127.0.0.1", site.ports["gateway"]), timeout=5)
            )
        last.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert last.recv(100).startswith(b"HTTP/1.1 200 ")


def test_haproxy_has_nothing_to_say_about_its_configuration(haproxy: Path) -> None:
    assert [line for line in haproxy.read_text().splitlines() if "parsing [" in line] == []

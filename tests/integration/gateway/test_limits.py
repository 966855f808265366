"""Limits: size of a body, requests of one address."""

from pathlib import Path

import httpx
import pytest

from testkit.servers.programs import Site
from tests.integration.gateway.requests import BODY_LIMIT, PATH, RATE_LIMIT, assert_problem, send_raw


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


def test_one_address_cannot_flood(client: httpx.Client) -> None:
    """Last of this module: the address stays limited for ten seconds."""
    for _ in range(RATE_LIMIT + 1):
        response = client.get("/healthz")
        if response.status_code == 429:
            break
    assert_problem(response, 429, "rate.limited")
    assert response.headers["retry-after"] == "10"

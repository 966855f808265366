"""Requests to the gateway, and what its own answers look like."""

import socket
import time
from typing import Any

import httpx
from joserfc import jwt

from testkit.servers.programs import Site

BODY_LIMIT = 10_000  # bytes
# Requests in ten seconds: of one login session, of one address without a valid token, of one address in all.
RATE_SESSION, RATE_ADDRESS, RATE_FLOOD = 60, 300, 1_500
PATH = "/api/enrollment/plans"


def a_token(key: Any, algorithm: str = "ES256", **claims: Any) -> dict[str, str]:
    """A header with an access token that is good for a minute."""
    content = {"sub": "account-1", "exp": int(time.time()) + 60} | claims
    content = {name: value for name, value in content.items() if value is not None}
    return {"Authorization": f"Bearer {jwt.encode({'alg': algorithm}, content, key, algorithms=[algorithm])}"}


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:xueshi:problem:{code}")
    assert body["title"]
    assert body["detail"]


def send_raw(site: Site, request: str) -> str:
    """Send exactly this text; returns the whole answer."""
    with socket.create_connection(("127.0.0.1", site.ports["gateway"]), timeout=5) as connection:
        connection.sendall(request.encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received.decode()

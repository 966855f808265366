"""Headers of requests and answers, and the access log."""

import json
from pathlib import Path

import httpx

from tests.integration.gateway.requests import PATH


def test_every_answer_is_hardened(client: httpx.Client) -> None:
    for response in (
        client.get(PATH),
        client.get("/nothing"),
        client.get("/api"),
        client.get("/api/payment/x"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "server" not in response.headers
        assert "x-powered-by" not in response.headers
        assert "strict-transport-security" not in response.headers  # only over TLS (RFC 6797, 7.2)


def test_only_the_page_of_a_service_may_run_scripts(client: httpx.Client) -> None:
    assert "script-src" in client.get("/api/enrollment/docs").headers["content-security-policy"]
    assert "script-src" not in client.get(PATH).headers["content-security-policy"]


def test_a_caller_cannot_invent_its_address(client: httpx.Client) -> None:
    lies = {"X-Forwarded-For": "10.9.8.7", "X-Real-IP": "10.9.8.7", "Forwarded": "for=10.9.8.7"}
    received = client.get(PATH, headers=lies).json()["headers"]
    assert received["x-forwarded-for"] == "127.0.0.1"
    assert "10.9.8.7" not in json.dumps(received)


def test_correlation_passes_through(client: httpx.Client) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = {"X-Request-Id": "my-request-1", "traceparent": trace}
    response = client.get(PATH, headers=sent)
    received = response.json()["headers"]
    assert (received["x-request-id"], received["traceparent"]) == ("my-request-1", trace)
    assert response.headers["x-request-id"] == "my-request-1"


def test_a_strange_request_id_is_replaced(client: httpx.Client) -> None:
    response = client.get(PATH, headers={"X-Request-Id": 'x" <script>'})
    assert len(response.headers["x-request-id"]) == 36


def test_the_log_is_json_without_query_or_address(client: httpx.Client, haproxy: Path) -> None:
    client.get(PATH, params={"phone": "13800000000"}, headers={"X-Request-Id": "find-me-in-the-log"})
    client.get("/healthz")  # logged after the one before it
    line = next(line for line in haproxy.read_text().splitlines() if "find-me-in-the-log" in line)
    entry = json.loads(line)
    assert (entry["path"], entry["status"], entry["method"]) == (PATH, 200, "GET")
    assert "13800000000" not in line
    assert "127.0.0.1" not in line

"""The gateway's configuration, in a real HAProxy before a small real backend."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from services import SERVICES
from testkit.servers import gateway
from testkit.servers.credentials import Credentials
from testkit.servers.ports import PortBlock
from testkit.servers.programs import Site

BODY_LIMIT = 10_000
RATE_LIMIT = 500
START_SECONDS = 10.0
PATH = "/api/enrollment/plans"


class Backend(BaseHTTPRequestHandler):
    """Answers with what it was asked, so that a test sees what the gateway passed on."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = {"path": self.path, "length": len(body), "headers": dict(self.headers.items())}
        self._answer(json.dumps(seen).encode())

    do_POST = do_PUT = do_GET  # noqa: N815 - names that http.server looks for

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Powered-By", "test")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class QuietServer(ThreadingHTTPServer):
    """The gateway's probes hang up as soon as they know enough, which is no news."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Broken(Backend):
    """Is ready, and answers anything else with what is not HTTP."""

    def do_GET(self) -> None:
        if self.path == "/readyz":
            return self._answer(b"ok")
        self.wfile.write(b"nonsense\r\n\r\n")
        self.close_connection = True
        return None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state = tmp_path_factory.mktemp("gateway")
    ports = PortBlock.free()
    yield Site(state, ports, Credentials(state / "secrets"))
    ports.close()


@pytest.fixture(scope="module")
def haproxy(site: Site) -> Iterator[Path]:
    """HAProxy before a backend for enrollment and a broken one for audit; gives the path of its log."""
    servers = [_serve(site, "enrollment", Backend), _serve(site, "audit", Broken)]
    log = site.state / "haproxy.log"
    limits = {"XUESHI_BODY_LIMIT": str(BODY_LIMIT), "XUESHI_RATE_LIMIT": str(RATE_LIMIT)}
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
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


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


class TestRoutes:
    def test_a_service_gets_the_whole_path_and_query(self, client: httpx.Client) -> None:
        response = client.get(PATH, params={"mode": "online"})
        assert response.json()["path"] == PATH + "?mode=online"

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/metrics",
            "/readyz",
            "/api/nobody/plans",
            "/api/enrollment/internal/keys",
            "/api/enrollment/Internal/keys",
            "/api/enrollment/metrics",
            "/api/enrollment/readyz",
            "/apix/enrollment/plans",
            "/v1/enrollment/plans",
        ],
    )
    def test_what_is_not_public_is_unknown(self, client: httpx.Client, path: str) -> None:
        assert_problem(client.get(path), 404, "route.unknown")

    @pytest.mark.parametrize(
        "path",
        [
            "/api/enrollment/../enrollment/internal/keys",
            "/api/enrollment/x/..",
            "/api/enrollment//internal/keys",
            "/api/enrollment/./internal/keys",
            "/api/enrollment/%2e%2e/internal",
            "/api/enrollment/%2E./internal",
            "/api/enrollment/x%2f..%2finternal",
            "/api/enrollment/x%5cinternal",
            "/api/enrollment/x\\internal",
            "/api/enrollment/%252e%252e/internal",
            "/api/enrollment/internal;a=b/keys",
            "/api/enrollment/%00",
        ],
    )
    def test_a_path_with_two_readings_is_refused(self, site: Site, haproxy: Path, path: str) -> None:
        answer = _raw(site, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith("HTTP/1.1 400 ")
        assert '"code":"path.ambiguous"' in answer

    def test_an_unusual_method_is_refused(self, client: httpx.Client) -> None:
        response = client.request("TRACE", PATH)
        assert_problem(response, 405, "method.unknown")
        assert "GET" in response.headers["allow"]

    def test_one_page_lists_the_openapi_of_each_service(self, client: httpx.Client) -> None:
        response = client.get("/api")
        assert response.headers["content-type"].startswith("text/html")
        for service in SERVICES:
            assert f'href="/api/{service}/openapi.json"' in response.text

    def test_the_gateway_is_healthy(self, client: httpx.Client) -> None:
        assert client.get("/healthz").json() == {"status": "ok"}

    def test_a_service_that_is_away_is_unavailable(self, client: httpx.Client) -> None:
        response = client.get("/api/payment/orders")
        assert_problem(response, 503, "service.unavailable")
        assert response.headers["retry-after"] == "5"

    def test_a_service_that_talks_nonsense_is_broken(self, client: httpx.Client) -> None:
        assert_problem(client.get("/api/audit/trail"), 502, "service.broken")

    @pytest.mark.parametrize(
        "extra",
        ["Bad Header: x", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: x, chunked, y"],
    )
    def test_what_is_not_http_is_refused_before_any_route(
        self, site: Site, haproxy: Path, extra: str
    ) -> None:
        answer = _raw(site, f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{extra}\r\n\r\n")
        assert answer.split()[1] in ("400", "411", "422")  # HAProxy's own page, or our problem

    def test_metrics_are_on_the_inner_address_only(self, site: Site, haproxy: Path) -> None:
        inner = f"http://127.0.0.1:{site.ports['gateway_admin']}"
        assert "haproxy_frontend_http_requests_total" in httpx.get(f"{inner}/metrics").text
        assert httpx.get(f"{inner}{PATH}").status_code == 404


class TestTokens:
    def test_without_a_token_the_service_decides(self, client: httpx.Client) -> None:
        assert client.get(PATH).status_code == 200

    def test_a_good_token_is_passed_on(self, client: httpx.Client, key: ECKey) -> None:
        header = a_token(key)
        assert client.get(PATH, headers=header).json()["headers"]["authorization"] == header["Authorization"]

    def test_an_expired_token_is_refused(self, client: httpx.Client, key: ECKey) -> None:
        response = client.get(PATH, headers=a_token(key, exp=int(time.time()) - 1))
        assert_problem(response, 401, "token.expired")
        assert response.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("exp", [None, "tomorrow", "99999999999", [99999999999], True, 1e40])
    def test_a_token_must_say_when_it_expires(self, client: httpx.Client, key: ECKey, exp: object) -> None:
        response = client.get(PATH, headers=a_token(key, exp=exp))
        assert response.status_code == 401
        assert response.json()["code"] in ("token.invalid", "token.expired")

    def test_a_foreign_key_is_refused(self, client: httpx.Client) -> None:
        foreign = ECKey.generate_key("P-256")
        assert_problem(client.get(PATH, headers=a_token(foreign)), 401, "token.invalid")

    def test_the_public_key_is_no_hmac_secret(self, client: httpx.Client, site: Site) -> None:
        secret = OctKey.import_key(site.credentials.ec_pair("token").public.read_bytes().replace(b"-", b"_"))
        assert_problem(client.get(PATH, headers=a_token(secret, "HS256")), 401, "token.invalid")

    def test_another_algorithm_is_refused(self, client: httpx.Client) -> None:
        other = ECKey.generate_key("P-384")
        assert_problem(client.get(PATH, headers=a_token(other, "ES384")), 401, "token.invalid")

    def test_no_algorithm_is_refused(self, client: httpx.Client, key: ECKey) -> None:
        none = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
        payload = a_token(key)["Authorization"].split(".")[1]
        for signature in ("", "AAAA"):
            header = {"Authorization": f"Bearer {none}.{payload}.{signature}"}
            assert_problem(client.get(PATH, headers=header), 401, "token.invalid")

    def test_a_changed_claim_is_refused(self, client: httpx.Client, key: ECKey) -> None:
        head, _, signature = a_token(key)["Authorization"].split(".")
        payload = a_token(key, sub="account-2")["Authorization"].split(".")[1]
        header = {"Authorization": f"{head}.{payload}.{signature}"}
        assert_problem(client.get(PATH, headers=header), 401, "token.invalid")

    @pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic dTpw", "x" * 4000])
    def test_what_is_no_token_is_refused(self, client: httpx.Client, value: str) -> None:
        assert_problem(client.get(PATH, headers={"Authorization": value}), 401, "token.invalid")

    def test_two_tokens_are_one_too_many(self, client: httpx.Client, key: ECKey) -> None:
        good = a_token(key)["Authorization"]
        headers = httpx.Headers([("Authorization", good), ("Authorization", good)])
        assert_problem(client.get(PATH, headers=headers), 401, "token.invalid")


class TestLimits:
    def test_a_body_at_the_limit_passes(self, client: httpx.Client) -> None:
        assert client.post(PATH, content=b"x" * BODY_LIMIT).json()["length"] == BODY_LIMIT

    def test_a_body_past_the_limit_is_too_large(self, client: httpx.Client) -> None:
        response = client.post(PATH, content=b"x" * (BODY_LIMIT + 1))
        assert_problem(response, 413, "body.too_large")
        assert str(BODY_LIMIT) in response.json()["detail"]

    @pytest.mark.parametrize("length", ["9223372036854775807", "99999999999"])
    def test_an_absurd_length_is_too_large(self, site: Site, haproxy: Path, length: str) -> None:
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        assert _raw(site, head).startswith("HTTP/1.1 413 ")

    def test_a_body_of_unknown_length_is_refused(self, client: httpx.Client) -> None:
        for method in ("POST", "GET", "DELETE"):
            response = client.request(method, PATH, content=iter([b"x" * 100]))
            assert_problem(response, 411, "length.required")

    def test_a_post_must_give_its_length(self, site: Site, haproxy: Path) -> None:
        answer = _raw(site, f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith("HTTP/1.1 411 ")


class TestHeaders:
    def test_every_answer_is_hardened(self, client: httpx.Client) -> None:
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

    def test_only_the_page_of_a_service_may_run_scripts(self, client: httpx.Client) -> None:
        assert "script-src" in client.get("/api/enrollment/docs").headers["content-security-policy"]
        assert "script-src" not in client.get(PATH).headers["content-security-policy"]

    def test_a_caller_cannot_invent_its_address(self, client: httpx.Client) -> None:
        lies = {"X-Forwarded-For": "10.9.8.7", "X-Real-IP": "10.9.8.7", "Forwarded": "for=10.9.8.7"}
        seen = client.get(PATH, headers=lies).json()["headers"]
        assert seen["x-forwarded-for"] == "127.0.0.1"
        assert "10.9.8.7" not in json.dumps(seen)

    def test_correlation_passes_through(self, client: httpx.Client) -> None:
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        sent = {"X-Request-Id": "my-request-1", "traceparent": trace}
        response = client.get(PATH, headers=sent)
        seen = response.json()["headers"]
        assert (seen["x-request-id"], seen["traceparent"]) == ("my-request-1", trace)
        assert response.headers["x-request-id"] == "my-request-1"

    def test_a_strange_request_id_is_replaced(self, client: httpx.Client) -> None:
        response = client.get(PATH, headers={"X-Request-Id": 'x" <script>'})
        assert len(response.headers["x-request-id"]) == 36

    def test_the_log_is_json_without_query_or_address(self, client: httpx.Client, haproxy: Path) -> None:
        client.get(PATH, params={"phone": "13800000000"}, headers={"X-Request-Id": "find-me-in-the-log"})
        client.get("/healthz")  # logged after the one before it
        line = next(line for line in haproxy.read_text().splitlines() if "find-me-in-the-log" in line)
        entry = json.loads(line)
        assert (entry["path"], entry["status"], entry["method"]) == (PATH, 200, "GET")
        assert "13800000000" not in line
        assert "127.0.0.1" not in line


def test_one_address_cannot_flood(client: httpx.Client) -> None:
    """Last of this module: the address stays limited for ten seconds."""
    for _ in range(RATE_LIMIT + 1):
        response = client.get("/healthz")
        if response.status_code == 429:
            break
    assert_problem(response, 429, "rate.limited")
    assert response.headers["retry-after"] == "10"


def _raw(site: Site, request: str) -> str:
    with socket.create_connection(("127.0.0.1", site.ports["gateway"]), timeout=5) as connection:
        connection.sendall(request.encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received.decode()

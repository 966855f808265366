"""Which paths reach a service, and what all others are answered."""

from pathlib import Path

import httpx
import pytest

from services import SERVICES
from testkit.servers.programs import Site
from tests.integration.gateway.requests import PATH, assert_problem, send_raw


def test_a_service_gets_the_whole_path_and_query(client: httpx.Client) -> None:
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
def test_what_is_not_public_is_unknown(client: httpx.Client, path: str) -> None:
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
def test_a_path_with_two_readings_is_refused(site: Site, haproxy: Path, path: str) -> None:
    answer = send_raw(site, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith("HTTP/1.1 400 ")
    assert '"code":"path.ambiguous"' in answer


def test_an_unusual_method_is_refused(client: httpx.Client) -> None:
    response = client.request("TRACE", PATH)
    assert_problem(response, 405, "method.unknown")
    assert "GET" in response.headers["allow"]


def test_one_page_lists_the_openapi_of_each_service(client: httpx.Client) -> None:
    response = client.get("/api")
    assert response.headers["content-type"].startswith("text/html")
    for service in SERVICES:
        assert f'href="/api/{service}/openapi.json"' in response.text


def test_the_gateway_is_healthy(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_service_that_is_away_is_unavailable(client: httpx.Client) -> None:
    response = client.get("/api/payment/orders")
    assert_problem(response, 503, "service.unavailable")
    assert response.headers["retry-after"] == "5"


def test_a_service_that_talks_nonsense_is_broken(client: httpx.Client) -> None:
    assert_problem(client.get("/api/audit/trail"), 502, "service.broken")


@pytest.mark.parametrize(
    "extra",
    ["Bad Header: x", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: x, chunked, y"],
)
def test_what_is_not_http_is_refused_before_any_route(site: Site, haproxy: Path, extra: str) -> None:
    answer = send_raw(site, f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{extra}\r\n\r\n")
    assert answer.split()[1] in ("400", "411", "422")  # HAProxy's own page, or our problem


def test_metrics_are_on_the_inner_address_only(site: Site, haproxy: Path) -> None:
    inner = f"http://127.0.0.1:{site.ports['gateway_admin']}"
    assert "haproxy_frontend_http_requests_total" in httpx.get(f"{inner}/metrics").text
    assert httpx.get(f"{inner}{PATH}").status_code == 404

"""How many requests are let through: by login session where there is a valid token, by address where not.

An address behind carrier NAT is that of thousands of learners. The tests run in this order: each uses up less
than the next one's limit, and what it used is forgotten after ten seconds only.
"""

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.integration.gateway.requests import (
    PATH,
    RATE_ADDRESS,
    RATE_FLOOD,
    RATE_SESSION,
    a_token,
    assert_problem,
)


def spend(client: httpx.Client, requests: int, headers: dict[str, str], path: str = "/healthz") -> list[int]:
    """The status of each of so many requests."""
    return [client.get(path, headers=headers).status_code for _ in range(requests)]


def session(key: ECKey, sid: str, **claims: object) -> dict[str, str]:
    return a_token(key, sid=sid, **claims)


@pytest.fixture
def stranger() -> ECKey:
    """A key that is not identity's."""
    return ECKey.generate_key("P-256")


def test_an_address_of_many_sessions_is_let_through(client: httpx.Client, key: ECKey) -> None:
    sessions = [session(key, f"s{number}") for number in range(RATE_ADDRESS // 20 + 1)]
    assert {status for header in sessions for status in spend(client, 20, header)} == {200}


def test_one_session_cannot_flood_and_the_others_go_on(client: httpx.Client, key: ECKey) -> None:
    flooding = session(key, "flooding")
    assert spend(client, RATE_SESSION, flooding) == [200] * RATE_SESSION
    refused = client.get(PATH, headers=flooding)
    assert_problem(refused, 429, "rate.limited")
    assert refused.headers["retry-after"] == "10"
    assert "10 秒" in refused.json()["detail"]
    assert "ten seconds" in refused.json()["detail"]
    assert spend(client, 1, session(key, "of the same account")) == [200]


def test_a_session_with_a_renewed_token_is_the_same(client: httpx.Client, key: ECKey) -> None:
    spend(client, RATE_SESSION, session(key, "renewed"))
    assert_problem(client.get(PATH, headers=session(key, "renewed", jti="2")), 429, "rate.limited")


def test_a_token_of_no_session_counts_for_its_account(client: httpx.Client, key: ECKey) -> None:
    spend(client, RATE_SESSION, a_token(key, sub="account-7"))
    assert_problem(client.get(PATH, headers=a_token(key, sub="account-7", jti="2")), 429, "rate.limited")
    assert spend(client, 1, a_token(key, sub="account-8")) == [200]
    assert spend(client, 1, session(key, "account-7")) == [200]  # a session is not an account of that name


def test_nobody_can_use_up_the_session_of_another(client: httpx.Client, key: ECKey, stranger: ECKey) -> None:
    assert set(spend(client, RATE_SESSION + 1, session(stranger, "victim"), PATH)) == {401}
    assert set(spend(client, RATE_SESSION + 1, session(key, "victim", exp=1), PATH)) == {401}
    assert spend(client, 1, session(key, "victim")) == [200]


def test_what_has_no_valid_token_counts_for_the_address(
    client: httpx.Client, key: ECKey, stranger: ECKey
) -> None:
    invalid = session(stranger, "whoever")
    for _ in range(RATE_ADDRESS // 2 + 1):
        client.get("/healthz")
        response = client.get(PATH, headers=invalid)
        if response.status_code == 429:
            break
    assert_problem(response, 429, "rate.limited")
    assert response.headers["retry-after"] == "10"
    assert_problem(client.get("/healthz"), 429, "rate.limited")
    assert spend(client, 1, session(key, "logged in already")) == [200]


def test_no_address_can_flood_whatever_it_shows(client: httpx.Client, key: ECKey) -> None:
    """Last of this module: the address stays limited for ten seconds."""
    for number in range(RATE_FLOOD):
        response = client.get("/healthz", headers=session(key, f"flood-{number // 20}"))
        if response.status_code == 429:
            break
    assert_problem(response, 429, "rate.limited")
    assert "address" in response.json()["detail"]

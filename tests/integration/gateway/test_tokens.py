"""Access tokens: the gateway refuses what identity has not signed, or what has expired (R15)."""

import time

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey

from testkit.servers.programs import Site
from testkit.waiting import eventually
from tests.integration.gateway.requests import PATH, a_token, assert_problem


def test_without_a_token_the_service_decides(client: httpx.Client) -> None:
    assert client.get(PATH).status_code == 200


def test_a_good_token_is_passed_on(client: httpx.Client, key: ECKey) -> None:
    header = a_token(key)
    assert client.get(PATH, headers=header).json()["headers"]["authorization"] == header["Authorization"]


def test_an_expired_token_is_refused(client: httpx.Client, key: ECKey) -> None:
    response = client.get(PATH, headers=a_token(key, exp=int(time.time()) - 1))
    assert_problem(response, 401, "token.expired")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_token_that_was_good_expires_all_the_same(client: httpx.Client, key: ECKey) -> None:
    header = a_token(key, exp=int(time.time()) + 2)
    assert client.get(PATH, headers=header).status_code == 200
    assert_problem(eventually(lambda: expired(client, header), 10), 401, "token.expired")


def expired(client: httpx.Client, header: dict[str, str]) -> httpx.Response | None:
    answer = client.get(PATH, headers=header)
    return answer if answer.status_code != 200 else None


def test_what_is_like_a_token_that_was_good_is_refused(client: httpx.Client, key: ECKey) -> None:
    token = a_token(key)["Authorization"]
    for _ in range(2):
        assert client.get(PATH, headers={"Authorization": token}).status_code == 200
    head, payload, signature = token.split(".")
    other = a_token(ECKey.generate_key("P-256"))["Authorization"].split(".")[2]
    for forged in (
        f"{head}.{payload}.{other}",
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature}A",
        token[:-2],
    ):
        assert_problem(client.get(PATH, headers={"Authorization": forged}), 401, "token.invalid")
    headers = httpx.Headers([("Authorization", token), ("Authorization", token)])
    assert_problem(client.get(PATH, headers=headers), 401, "token.invalid")


@pytest.mark.parametrize("exp", [None, "tomorrow", "99999999999", [99999999999], True, 1e40])
def test_a_token_must_say_when_it_expires(client: httpx.Client, key: ECKey, exp: object) -> None:
    response = client.get(PATH, headers=a_token(key, exp=exp))
    assert response.status_code == 401
    assert response.json()["code"] in ("token.invalid", "token.expired")


def test_a_foreign_key_is_refused(client: httpx.Client) -> None:
    foreign = ECKey.generate_key("P-256")
    assert_problem(client.get(PATH, headers=a_token(foreign)), 401, "token.invalid")


def test_the_public_key_is_no_hmac_secret(client: httpx.Client, site: Site) -> None:
    secret = OctKey.import_key(site.credentials.ec_pair("token").public.read_bytes().replace(b"-", b"_"))
    assert_problem(client.get(PATH, headers=a_token(secret, "HS256")), 401, "token.invalid")


def test_another_algorithm_is_refused(client: httpx.Client) -> None:
    other = ECKey.generate_key("P-384")
    assert_problem(client.get(PATH, headers=a_token(other, "ES384")), 401, "token.invalid")


def test_no_algorithm_is_refused(client: httpx.Client, key: ECKey) -> None:
    none = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    payload = a_token(key)["Authorization"].split(".")[1]
    for signature in ("", "AAAA"):
        header = {"Authorization": f"Bearer {none}.{payload}.{signature}"}
        assert_problem(client.get(PATH, headers=header), 401, "token.invalid")


def test_a_changed_claim_is_refused(client: httpx.Client, key: ECKey) -> None:
    head, _, signature = a_token(key)["Authorization"].split(".")
    payload = a_token(key, sub="account-2")["Authorization"].split(".")[1]
    header = {"Authorization": f"{head}.{payload}.{signature}"}
    assert_problem(client.get(PATH, headers=header), 401, "token.invalid")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic dTpw", "x" * 4000])
def test_what_is_no_token_is_refused(client: httpx.Client, value: str) -> None:
    assert_problem(client.get(PATH, headers={"Authorization": value}), 401, "token.invalid")


def test_two_tokens_are_one_too_many(client: httpx.Client, key: ECKey) -> None:
    good = a_token(key)["Authorization"]
    headers = httpx.Headers([("Authorization", good), ("Authorization", good)])
    assert_problem(client.get(PATH, headers=headers), 401, "token.invalid")

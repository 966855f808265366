"""Sessions, refresh tokens and access tokens over HTTP (R15, RFC 9700)."""

import base64
import hmac
import json
import time
from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from services.identity.storage import Sessions


@pytest.fixture
def tokens(world):
    """The tokens of a learner who has just logged in."""
    return world.log_in(world.activated()).json()


def code_of(answer):
    return answer.status_code, answer.json().get("code")


def refresh(world, token, **headers):
    return world.http.post("/api/identity/tokens/refresh", json={"refresh_token": token}, headers=headers)


def test_me_says_ids_and_activation_only(world):
    person = world.activated()
    me = world.me(world.log_in(person).json()["access_token"])
    assert me.status_code == 200
    assert me.json() == {
        "account_id": person.account_id,
        "role": "learner",
        "activated": True,
        "person_id": world.runtime.keyring.find_person(person.id_number),
        "organisation": None,
        "session_id": me.json()["session_id"],
        "session_ends_at": me.json()["session_ends_at"],
    }


def test_a_refresh_token_gives_a_new_pair(world, tokens):
    renewed = refresh(world, tokens["refresh_token"])
    assert renewed.status_code == 200
    assert renewed.headers["cache-control"] == "no-store"
    assert renewed.json()["refresh_token"] != tokens["refresh_token"]
    assert world.me(renewed.json()["access_token"]).status_code == 200
    assert refresh(world, renewed.json()["refresh_token"]).status_code == 200


def test_a_refresh_token_used_twice_ends_the_session_for_thief_and_owner(world, tokens):
    newest = refresh(world, tokens["refresh_token"]).json()
    assert code_of(refresh(world, tokens["refresh_token"])) == (401, "session.ended")
    assert code_of(refresh(world, newest["refresh_token"])) == (401, "session.ended")
    assert code_of(world.me(newest["access_token"])) == (401, "session.ended")
    row = Sessions().rows.find_one({"_id": tokens["refresh_token"].partition(".")[0]})
    assert [entry["type"] for entry in row["outbox"]] == [
        "identity.session.opened.v1",
        "identity.session.revoked.v1",
    ]


def test_a_refresh_token_from_another_client_ends_the_session(world, tokens):
    moved = refresh(world, tokens["refresh_token"], **{"User-Agent": "somebody else's"})
    assert code_of(moved) == (401, "session.ended")
    assert code_of(world.me(tokens["access_token"])) == (401, "session.ended")


@pytest.mark.parametrize("token", ["x", "no-session.secret", "{sid}.made-up", "{sid}"])
def test_a_made_up_refresh_token_is_refused_and_harms_nobody(world, tokens, token):
    made_up = token.format(sid=tokens["refresh_token"].partition(".")[0])
    assert code_of(refresh(world, made_up)) == (401, "session.ended")
    assert refresh(world, tokens["refresh_token"]).status_code == 200


def test_a_session_ends_after_twelve_hours(world, clock, tokens):
    clock.turn(hours=12)
    assert code_of(refresh(world, tokens["refresh_token"])) == (401, "session.ended")
    assert code_of(world.me(tokens["access_token"])) == (401, "session.ended")


def test_an_access_token_never_outlives_its_session(world, clock, tokens):
    clock.turn(hours=11, minutes=55)
    assert refresh(world, tokens["refresh_token"]).json()["expires_in"] <= 300


def test_logging_out_ends_the_session_and_twice_is_fine(world, tokens):
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    for _ in range(2):
        assert world.http.delete("/api/identity/sessions/current", headers=bearer).status_code == 204
    assert code_of(world.me(tokens["access_token"])) == (401, "session.ended")
    assert code_of(refresh(world, tokens["refresh_token"])) == (401, "session.ended")


def test_logging_out_leaves_the_other_sessions(world):
    person = world.activated()
    first, second = (world.log_in(person).json()["access_token"] for _ in range(2))
    world.http.delete("/api/identity/sessions/current", headers={"Authorization": f"Bearer {first}"})
    assert world.me(second).status_code == 200


def claims_of(token: str) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def compact(header: dict, claims: dict, sign: Callable[[bytes], bytes]) -> str:
    """A compact JWT by hand, for what no library agrees to make."""
    parts = [_b64(json.dumps(part).encode()) for part in ({"typ": "JWT"} | header, claims)]
    return ".".join([*parts, _b64(sign(".".join(parts).encode()))])


def _b64(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def forgeries(world, good: str) -> dict[str, str]:
    claims = claims_of(good)
    ours = ECKey.import_key(world.runtime.settings.token_private_key.read_bytes())
    public = world.runtime.settings.token_public_key.read_bytes()
    es256 = {"alg": "ES256"}
    eternal = {name: value for name, value in claims.items() if name != "exp"}
    return {
        "expired": jwt.encode(es256, claims | {"exp": int(time.time()) - 1}, ours),
        "without exp": jwt.encode(es256, eternal, ours),
        "another issuer": jwt.encode(es256, claims | {"iss": "someone"}, ours),
        "unknown role": jwt.encode(es256, claims | {"role": "king"}, ours),
        "foreign": jwt.encode(es256, claims, ECKey.generate_key("P-256")),
        "none": compact({"alg": "none"}, claims, lambda _: b""),
        "public key as secret": compact(
            {"alg": "HS256"}, claims, lambda signed: hmac.digest(public, signed, "sha256")
        ),
        "altered": good[:-8] + ("AAAAAAAA" if good[-8:] != "AAAAAAAA" else "BBBBBBBB"),
        "no token": "x",
    }


def test_a_token_that_is_not_ours_or_no_longer_good_is_refused(world, tokens):
    good = tokens["access_token"]
    assert world.me(good).status_code == 200
    for kind, forged in forgeries(world, good).items():
        assert (kind, *code_of(world.me(forged))) == (kind, 401, "token.invalid")


def test_nobody_is_nobody(world):
    refused = world.http.get("/api/identity/me")
    assert code_of(refused) == (401, "token.invalid")
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_the_published_keys_verify_tokens_and_hold_no_secret(world, tokens):
    published = world.http.get("/api/identity/jwks.json").json()
    (key,) = published["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    decoded = jwt.decode(tokens["access_token"], KeySet.import_key_set(published), algorithms=["ES256"])
    assert decoded.header["kid"] == key["kid"]
    assert decoded.claims["exp"] - decoded.claims["iat"] == 600

"""Verification of access tokens; one that was verified is remembered until it expires."""

from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.domain.principal import Unauthenticated
from shared.events.terms import Role
from shared.security.tokens import ISSUER, TokenVerifier

NOON = 1_800_000_000


class Wall:
    """A clock that tests move."""

    now = float(NOON)

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256")


@pytest.fixture
def clock() -> Wall:
    return Wall()


@pytest.fixture
def verify(key: ECKey, clock: Wall, tmp_path: Path) -> TokenVerifier:
    path = tmp_path / "public.pem"
    path.write_bytes(key.as_pem(private=False))
    return TokenVerifier(path, clock=clock, remembered=3)


def signed(key: ECKey, **claims: Any) -> str:
    standard = {"iss": ISSUER, "sub": "account", "role": "learner", "person": "li", "exp": NOON + 600}
    return jwt.encode({"alg": "ES256"}, standard | claims, key)


def test_a_token_says_who_asks(verify: TokenVerifier, key: ECKey) -> None:
    principal = verify(signed(key, sid="login"))
    assert (principal.account_id, principal.role, principal.person_id, principal.session_id) == (
        "account",
        Role.LEARNER,
        "li",
        "login",
    )


def test_a_token_is_verified_once(verify: TokenVerifier, key: ECKey) -> None:
    token = signed(key)
    assert verify(token) is verify(token)


def test_a_remembered_token_expires_at_its_second(verify: TokenVerifier, key: ECKey, clock: Wall) -> None:
    token = signed(key)
    clock.now = NOON + 599.9
    first = verify(token)
    assert verify(token) is first
    clock.now = NOON + 600
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            verify(token)


def test_what_is_like_a_remembered_token_is_verified(verify: TokenVerifier, key: ECKey) -> None:
    head, payload, signature = signed(key).split(".")
    verify(f"{head}.{payload}.{signature}")
    other = signed(ECKey.generate_key("P-256")).split(".")[2]
    for forged in (f"{head}.{payload}.{other}", f"{head}.{payload}.", f"{head}.{payload}.{signature} "):
        with pytest.raises(Unauthenticated):
            verify(forged)


def test_the_oldest_gives_way(verify: TokenVerifier, key: ECKey) -> None:
    tokens = [signed(key, sub=f"account-{number}") for number in range(4)]
    first = [verify(token) for token in tokens]
    assert verify(tokens[3]) is first[3]
    assert verify(tokens[0]) is not first[0]
    assert verify(tokens[0]) == first[0]


@pytest.mark.parametrize(
    "wrong",
    [{"exp": NOON}, {"exp": None}, {"exp": "soon"}, {"iss": "another"}, {"sub": None}, {"role": "emperor"}],
)
def test_a_wrong_claim_is_refused_however_often(
    verify: TokenVerifier, key: ECKey, wrong: dict[str, Any]
) -> None:
    token = signed(key, **wrong)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            verify(token)

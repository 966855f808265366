"""Access tokens: ES256 JSON Web Tokens (RFC 7519), signed by identity, verified by everyone."""

import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.domain.principal import Principal, Unauthenticated
from shared.events.terms import Role

ISSUER = "xueshi/identity"
REMEMBERED = 20_000  # tokens; each takes about 1 KiB


class TokenVerifier:
    """Turns a compact token into its principal.

    A token that was verified is remembered, by all of its bytes, until it expires: to verify the signature
    takes 0.1 ms, and a learner shows the same token forty times. What a token says never changes, and whether
    its session was revoked has never been asked here, so nothing is answered otherwise than without a memory.
    """

    def __init__(
        self, public_key: Path, *, clock: Callable[[], float] = time.time, remembered: int = REMEMBERED
    ) -> None:
        """`public_key`: PEM of P-256. `clock`: seconds since 1970. `remembered`: how many tokens at most."""
        self._key = ECKey.import_key(public_key.read_bytes())
        self._registry = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            exp={"essential": True},
            iss={"essential": True, "value": ISSUER},
            sub={"essential": True},
        )
        self._clock, self._limit = clock, remembered
        self._known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def __call__(self, token: str) -> Principal:
        """Raises Unauthenticated."""
        principal, expires = self._known.get(token) or self._verified(token)
        if self._clock() >= expires:
            self._known.pop(token, None)
            raise Unauthenticated()
        return principal

    def _verified(self, token: str) -> tuple[Principal, float]:
        try:
            claims = jwt.decode(token, self._key, algorithms=["ES256"]).claims
            self._registry.validate(claims)
            verified = _principal(claims), float(claims["exp"])
        except (JoseError, ValueError, KeyError) as error:
            raise Unauthenticated() from error
        self._known[token] = verified
        if len(self._known) > self._limit:
            self._known.popitem(last=False)
        return verified


def _principal(claims: dict[str, Any]) -> Principal:
    return Principal(
        account_id=claims["sub"],
        role=Role(claims["role"]),
        person_id=claims.get("person"),
        organisation=claims.get("org"),
        session_id=claims.get("sid"),
    )

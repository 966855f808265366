"""Access tokens: ES256 JSON Web Tokens (RFC 7519), signed by identity, verified by everyone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.domain.principal import Principal, Unauthenticated
from shared.events.terms import Role

ISSUER = "xueshi/identity"


def verifier(public_key: Path) -> Callable[[str], Principal]:
    """A function that turns a compact token into its principal, or raises Unauthenticated."""
    key = ECKey.import_key(public_key.read_bytes())
    registry = jwt.JWTClaimsRegistry(
        exp={"essential": True}, iss={"essential": True, "value": ISSUER}, sub={"essential": True}
    )

    def verify(token: str) -> Principal:
        try:
            claims = jwt.decode(token, key, algorithms=["ES256"]).claims
            registry.validate(claims)
            return _principal(claims)
        except (JoseError, ValueError, KeyError) as error:
            raise Unauthenticated() from error

    return verify


def _principal(claims: dict[str, Any]) -> Principal:
    return Principal(
        account_id=claims["sub"],
        role=Role(claims["role"]),
        person_id=claims.get("person"),
        organisation=claims.get("org"),
        session_id=claims.get("sid"),
    )

"""Access tokens: ES256 JSON Web Tokens (RFC 7519), signed by identity, verified by everyone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.errors import Kind, Refused
from shared.events.terms import Role

ISSUER = "xueshi/identity"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks. `person_id` is set for learners, `organisation` for organisation staff."""

    account_id: str
    role: Role
    person_id: str | None = None
    organisation: str | None = None
    session_id: str | None = None


class Unauthenticated(Refused):
    """未登录: no token, or one that is not valid (RFC 6750)."""

    code = "token.invalid"
    kind = Kind.UNAUTHENTICATED
    says = "Log in first: the access token is missing or not valid 请先登录."


class Forbidden(Refused):
    """无权限: the role may not do this."""

    code = "role.forbidden"
    kind = Kind.FORBIDDEN
    says = "Your role may not do this 您没有此操作的权限."


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

"""Access tokens, as identity signs them."""

from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.domain.clock import utc_now
from shared.events.terms import Role
from shared.security.tokens import ISSUER

TOKEN_SECONDS = 600


def bearer(
    private_key: Path, role: Role, /, account_id: str = "account-1", **claims: object
) -> dict[str, str]:
    """Headers of a person in a role; claims such as person=…, org=…, exp=… are added to the token."""
    now = int(utc_now().timestamp())
    standard = {"iss": ISSUER, "sub": account_id, "role": role.value, "iat": now, "exp": now + TOKEN_SECONDS}
    key = ECKey.import_key(private_key.read_bytes())
    return {"Authorization": "Bearer " + jwt.encode({"alg": "ES256"}, standard | claims, key)}

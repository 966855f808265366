"""Access tokens: ES256 JSON Web Tokens (RFC 7519), and the key set that verifies them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from services.identity.domain import Account, Session
from shared.security.tokens import ISSUER


class TokenIssuer:
    """Signs with the one private key that only identity holds."""

    def __init__(self, private_key: Path) -> None:
        self._key = ECKey.import_key(private_key.read_bytes())
        self._kid = self._key.thumbprint()  # RFC 7638

    def issue(self, account: Account, session: Session, now: datetime) -> tuple[str, int]:
        """A compact token, and for how many seconds it is good."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": account.id,
            "role": account.role.value,
            "person": account.person_id,
            "org": account.organisation,
            "sid": session.id,
            "iat": int(now.timestamp()),
            "exp": int(session.access_until(now).timestamp()),
        }
        known = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "ES256", "kid": self._kid, "typ": "JWT"}, known, self._key)
        return token, claims["exp"] - claims["iat"]

    def key_set(self) -> dict[str, list[dict[str, Any]]]:
        """The public half as a JWK Set (RFC 7517)."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "kid": self._kid, "use": "sig", "alg": "ES256"}]}

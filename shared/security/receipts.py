"""Photo receipts: proctor signs that it examined a photo and accepted it, enrollment verifies that offline.

A receipt is a compact JWS (RFC 7515), ES256, over the claims `iss`, `iat`, `exp` (RFC 7519), `photo_id`,
`sha256` and `category`. It names a photo, never a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.domain.errors import DomainError

ISSUER = "xueshi/proctor"
ALGORITHM = "ES256"
LIFETIME = timedelta(hours=24)
LEEWAY_SECONDS = 30  # clocks of two machines differ


class ReceiptInvalid(DomainError):
    """照片回执无效: it is altered, out of date, or not a receipt of ours."""

    code = "photo.receipt_invalid"
    message = (
        "The photo receipt is not valid or has run out; examine the photo again 照片回执无效, 请重新上传照片."
    )


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a valid receipt says about an accepted photo."""

    photo_id: str
    sha256: str  # of the photo's bytes, hexadecimal
    category: str  # the licence category whose rules it met (R3, R4)
    issued_at: datetime
    expires_at: datetime


class ReceiptSigner:
    """Signs receipts with a P-256 private key (PEM)."""

    def __init__(self, private_key: Path) -> None:
        self._key = ECKey.import_key(private_key.read_bytes())

    def sign(self, photo_id: str, sha256: str, category: str, now: datetime) -> str:
        """The receipt of an accepted photo, good for 24 hours from `now`."""
        claims: dict[str, Any] = {"photo_id": photo_id, "sha256": sha256, "category": category}
        times = {"iat": int(now.timestamp()), "exp": int((now + LIFETIME).timestamp())}
        return jwt.encode({"alg": ALGORITHM}, {"iss": ISSUER, **times, **claims}, self._key)


def receipt_verifier(public_key: Path) -> Callable[[str], Receipt]:
    """A function that reads a receipt, or raises ReceiptInvalid: altered, expired, not proctor's."""
    key = ECKey.import_key(public_key.read_bytes())
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": ISSUER},
        iat={"essential": True},
        exp={"essential": True},
    )

    def verify(receipt: str) -> Receipt:
        try:
            claims = jwt.decode(receipt, key, algorithms=[ALGORITHM]).claims
            registry.validate(claims)
            return _receipt(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ReceiptInvalid() from error

    return verify


def _receipt(claims: dict[str, Any]) -> Receipt:
    return Receipt(
        photo_id=str(claims["photo_id"]),
        sha256=str(claims["sha256"]),
        category=str(claims["category"]),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )

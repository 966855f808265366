"""Play leases: how far a passed face check lets credit run, sealed by proctor for learning alone (R17).

A lease is a compact JWE (RFC 7516), ECDH-ES on P-256 with A256GCM, of a JSON object with `session_id`,
`check_id` and `until_ms`. The latter is a string of twelve digits, so that the size tells nothing of it.
Anybody with the public key can seal one: that it is proctor's, the event says that brings it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.domain.errors import DomainError

KEY_AGREEMENT, ENCRYPTION = "ECDH-ES", "A256GCM"
ALGORITHMS = (KEY_AGREEMENT, ENCRYPTION)
DIGITS = 12  # 10¹² ms are 31 years of video


class LeaseInvalid(DomainError):
    """租约无效: it is altered, sealed for another key, or not a lease."""

    code = "lease.invalid"
    message = "The play lease cannot be read; enter the lesson again 播放租约无效, 请重新进入课程."


@dataclass(frozen=True, kw_only=True)
class Lease:
    """播放租约: the session may be credited up to `until_ms` of the lesson's video (R17).

    Whoever uses it compares `session_id` and `check_id` with those of the event that brought it.
    Raises ValueError when `until_ms` is negative or has more than twelve digits.
    """

    session_id: str
    check_id: str  # the passed check that it rests on
    until_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.until_ms < 10**DIGITS:
            raise ValueError(f"until_ms must have 1 to {DIGITS} digits")


class LeaseSealer:
    """Seals leases for learning's P-256 public key (PEM). Raises OSError, ValueError without such a key."""

    def __init__(self, public_key: Path) -> None:
        self._key = ECKey.import_key(public_key.read_bytes())

    def seal(self, lease: Lease) -> str:
        """The lease as FaceCheckPassed carries it; of the same session and check always of the same size."""
        claims = {
            "session_id": lease.session_id,
            "check_id": lease.check_id,
            "until_ms": f"{lease.until_ms:0{DIGITS}}",
        }
        header = {"alg": KEY_AGREEMENT, "enc": ENCRYPTION}
        return jwe.encrypt_compact(header, json.dumps(claims), self._key, algorithms=ALGORITHMS)


class LeaseOpener:
    """Opens leases with learning's P-256 private key (PEM). Raises OSError, ValueError without such a key."""

    def __init__(self, private_key: Path) -> None:
        self._key = ECKey.import_key(private_key.read_bytes())

    def open(self, sealed: str) -> Lease:
        """The lease. Raises LeaseInvalid: altered, sealed for another key, not a lease."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=ALGORITHMS)
            return _lease(json.loads(opened.plaintext or b""))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise LeaseInvalid() from error


def _lease(claims: dict[str, Any]) -> Lease:
    return Lease(
        session_id=str(claims["session_id"]),
        check_id=str(claims["check_id"]),
        until_ms=int(claims["until_ms"]),
    )

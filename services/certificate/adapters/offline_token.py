"""The compact JWS inside the QR code: it proves the paper's main facts without any server (R30)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwa import ESAlgorithm
from joserfc.jwk import ECKey

from services.certificate.adapters import ecdsa
from services.certificate.domain.document import CertificateData
from services.certificate.domain.verification import OfflineClaims, OfflineVerification, TokenReason

MAX_TOKEN_CHARACTERS = 2048
_TYPE = "cert+jws"  # explicit typing (RFC 8725 section 3.11): no other token of ours passes for a certificate


class _DeterministicES256(ESAlgorithm):
    """ES256 whose signature depends on key and message alone, so that the page is the same each time."""

    def sign(self, msg: bytes, key: ECKey) -> bytes:
        private_key = key.get_op_key("sign")
        assert isinstance(private_key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(ecdsa.sign(private_key, msg))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class _SigningRegistry(jws.JWSRegistry):
    algorithms = {"ES256": _DeterministicES256("ES256", "P-256", 256, True)}


_SIGNING = _SigningRegistry(algorithms=["ES256"])
_VERIFYING = jws.JWSRegistry(algorithms=["ES256"])


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """kid: the first 66 bits of the RFC 7638 thumbprint; short, as each character makes the QR denser."""
    return _jwk(key).thumbprint()[:11]


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as a JWK (RFC 7517), for whoever verifies offline."""
    jwk: dict[str, Any] = dict(_jwk(key).as_dict(private=False))
    return {**jwk, "use": "sig", "alg": "ES256", "kid": key_id(key)}


def sign_token(data: CertificateData, key: ec.EllipticCurvePrivateKey) -> str:
    """The certificate's main facts as a compact JWS; the same data and key give the same string."""
    header = {"alg": "ES256", "typ": _TYPE, "kid": key_id(key.public_key())}
    payload = json.dumps(_claims(data), ensure_ascii=False, separators=(",", ":"))
    return jws.serialize_compact(header, payload.encode(), ECKey.import_key(key), registry=_SIGNING)


def verify_offline(token: str, key: ec.EllipticCurvePublicKey) -> OfflineVerification:
    """Check a QR token with the published key alone. Never raises. Revocation needs the server."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        return OfflineVerification(TokenReason.TOO_LARGE)
    try:
        signed = jws.deserialize_compact(token, _jwk(key), registry=_VERIFYING)
        if signed.headers().get("typ") != _TYPE or not _is_canonical(token):
            return OfflineVerification(TokenReason.MALFORMED)
        return OfflineVerification(TokenReason.VALID, _read_claims(json.loads(signed.payload or b"")))
    except BadSignatureError:
        return OfflineVerification(TokenReason.ALTERED)
    except Exception:  # hostile text: base64, UTF-8, JSON and joserfc each have errors of their own
        return OfflineVerification(TokenReason.MALFORMED)


def _jwk(key: ec.EllipticCurvePublicKey) -> ECKey:
    return ECKey.import_key(key)


def _is_canonical(token: str) -> bool:
    """Whether it is the one spelling of itself: base64 leaves spare bits, ECDSA a second s."""
    parts = [urlsafe_b64decode(part + "==") for part in token.split(".")]
    spelled = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return spelled == token and ecdsa.has_low_s(int.from_bytes(parts[2][32:], "big"))


def _claims(data: CertificateData) -> dict[str, object]:
    return {
        "jti": data.number,
        "name": data.holder_name,
        "cat": data.licence_category,
        "hrs": [str(data.compulsory_hours), str(data.elective_hours)],
        "iat": int(data.issued_at_utc.timestamp()),
    }


def _read_claims(claims: dict[str, Any]) -> OfflineClaims:
    compulsory, elective = claims["hrs"]
    return OfflineClaims(
        number=claims["jti"],
        holder_name=claims["name"],
        licence_category=claims["cat"],
        compulsory_hours=Decimal(compulsory),
        elective_hours=Decimal(elective),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
    )

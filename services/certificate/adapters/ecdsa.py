"""ECDSA P-256 that signs the same bytes the same way: RFC 6979 nonces and the lower of the two valid s.

A certificate derived again from the record must be the same to the byte (R31); and with one signature per
message nobody can re-encode a signature unnoticed.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256, FIPS 186-4 D.1.2.3


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """DER signature of `message` under SHA-256."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return encode_dss_signature(r, min(s, _ORDER - s))


def has_low_s(s: int) -> bool:
    """Whether `s` is the lower of the two that verify."""
    return s <= _ORDER // 2


def is_canonical(signature: bytes) -> bool:
    """Whether it is the one form that `sign` gives: DER to the letter, low s. ValueError: no signature."""
    r, s = decode_dss_signature(signature)
    return has_low_s(s) and encode_dss_signature(r, s) == signature

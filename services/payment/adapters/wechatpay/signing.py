"""Signatures and encryption of WeChat Pay API v3, our side of it.

Requests: SHA256-RSA2048 (PKCS #1 v1.5) over `METHOD\\nURL\\nTIMESTAMP\\nNONCE\\nBODY\\n`.
Responses and callbacks: the same over `TIMESTAMP\\nNONCE\\nBODY\\n`.
Resources in callbacks: AES-256-GCM with the API v3 key.
Source: pay.weixin.qq.com, «签名生成», «签名验证», «证书和回调报文解密».
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from services.payment.adapters.channel import BadSignature, StaleTimestamp, Undecryptable, UnknownSerial

SCHEME = "WECHATPAY2-SHA256-RSA2048"
MAX_SKEW = timedelta(minutes=5)  # R13: between the channel's signature and our clock


class MerchantSigner:
    """Signs requests with the merchant's key (商户 API 私钥). Thread-safe."""

    def __init__(self, mchid: str, serial: str, private_key: Path) -> None:
        key = load_pem_private_key(private_key.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(f"{private_key} holds no RSA private key")
        self._key = key
        self._mchid = mchid
        self._serial = serial

    def authorization(self, method: str, target: str, body: bytes, now: datetime) -> str:
        """The Authorization header. `target` is path and query exactly as sent."""
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
        message = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self._key.sign(message, PKCS1v15(), SHA256())).decode()
        return (
            f'{SCHEME} mchid="{self._mchid}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self._serial}"'
        )


class PlatformVerifier:
    """Checks that bytes were signed by WeChat Pay, and lately (微信支付公钥). Thread-safe."""

    def __init__(self, serial: str, public_key: Path) -> None:
        key = load_pem_public_key(public_key.read_bytes())
        if not isinstance(key, RSAPublicKey):
            raise ValueError(f"{public_key} holds no RSA public key")
        self._key = key
        self.serial = serial

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raise UnknownSerial, StaleTimestamp or BadSignature unless genuine and fresh (R13)."""
        fields = {name.lower(): value for name, value in headers.items()}
        timestamp, nonce = fields.get("wechatpay-timestamp", ""), fields.get("wechatpay-nonce", "")
        serial, signature = fields.get("wechatpay-serial", ""), fields.get("wechatpay-signature", "")
        if not (timestamp and nonce and serial and signature):
            raise BadSignature("signature headers are missing")
        if serial != self.serial:
            raise UnknownSerial("signed with a platform key that we do not hold")
        _require_fresh(timestamp, now)
        self._require_signed(f"{timestamp}\n{nonce}\n".encode() + body + b"\n", signature)

    def _require_signed(self, message: bytes, signature: str) -> None:
        try:
            self._key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            raise BadSignature("the signature does not fit") from None


def _require_fresh(timestamp: str, now: datetime) -> None:
    # Not just int(): it also reads "+5", " 5" and non-ASCII digits, none of which the channel sends.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise StaleTimestamp("the timestamp is no count of seconds")
    if abs(now.timestamp() - int(timestamp)) > MAX_SKEW.total_seconds():
        raise StaleTimestamp("signed more than five minutes from now")


def decrypt_resource(resource: Mapping[str, Any], apiv3_key: bytes) -> bytes:
    """The plain bytes of a callback's `resource`. Raises Undecryptable."""
    if resource.get("algorithm") != "AEAD_AES_256_GCM":
        raise Undecryptable("unknown algorithm")
    try:
        sealed = base64.b64decode(resource["ciphertext"], validate=True)
        nonce, associated = resource["nonce"].encode(), (resource.get("associated_data") or "").encode()
        return AESGCM(apiv3_key).decrypt(nonce, sealed, associated)
    except (InvalidTag, binascii.Error, KeyError, AttributeError, TypeError, ValueError):
        raise Undecryptable("the resource does not open with our key") from None

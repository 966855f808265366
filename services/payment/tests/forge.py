"""WeChat Pay's own hand, for tests: writes callbacks as the channel does, to be bent one way at a time."""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from testkit.peers.accounts import Account


@dataclass(frozen=True)
class Forge:
    """The platform's private key and the API v3 key of one merchant account."""

    key: Any
    serial: str
    apiv3_key: bytes

    def sign(self, body: bytes, signed_at: datetime) -> dict[str, str]:
        timestamp, nonce = str(int(signed_at.timestamp())), secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": self.serial,
            "wechatpay-signature": base64.b64encode(signature).decode(),
        }

    def callback(self, plain: Any, event_type: str = "TRANSACTION.SUCCESS") -> bytes:
        sealed = AESGCM(self.apiv3_key).encrypt(b"0123456789ab", json.dumps(plain).encode(), b"transaction")
        resource = {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": "transaction",
            "nonce": "0123456789ab",
        }
        return json.dumps({"id": "EV-1", "event_type": event_type, "resource": resource}).encode()

    @classmethod
    def of(cls, account: Account) -> "Forge":
        pem = Path(account.stand_in["WECHATPAY_PLATFORM_PRIVATE_KEY"]).read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        serial = account.stand_in["WECHATPAY_PLATFORM_SERIAL"]
        return cls(key, serial, account.stand_in["WECHATPAY_APIV3_KEY"].encode())

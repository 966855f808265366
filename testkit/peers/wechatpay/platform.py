"""The platform's side of the cryptography: checks merchants' requests, signs answers, seals notifications."""

import base64
import json
import re
import secrets
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Response

from testkit.peers.wechatpay.errors import WeChatPayError
from testkit.peers.wechatpay.settings import WeChatPayStandInSettings

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FIELD = re.compile(r'(\w+)="([^"]*)"')
FIELDS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
FRESH_SECONDS = 300
BEIJING = timezone(timedelta(hours=8))


def rfc3339(moment: datetime) -> str:
    """As WeChat Pay writes times: Beijing time, whole seconds."""
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


class Platform:
    """微信支付 itself: its private key, and what it knows of the merchant."""

    def __init__(self, settings: WeChatPayStandInSettings) -> None:
        self.settings = settings
        self._key: Any = serialization.load_pem_private_key(settings.platform_private_key.read_bytes(), None)
        self._merchant_key: Any = serialization.load_pem_public_key(settings.merchant_public_key.read_bytes())
        self._aead = AESGCM(settings.apiv3_key)

    def authenticate(self, authorization: str, method: str, target: str, body: bytes) -> None:
        """Raise 401 SIGN_ERROR unless the merchant signed exactly this request within five minutes."""
        scheme, _, parameters = authorization.partition(" ")
        if not authorization:
            raise _sign_error("Http头缺少Authorization")
        if scheme != SCHEME:
            raise _sign_error("Http头Authorization认证类型不正确")
        fields = dict(FIELD.findall(parameters))
        if set(fields) != FIELDS or not fields["timestamp"].isdecimal():
            raise _sign_error("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
        self._require_known(fields)
        message = (
            f"{method}\n{target}\n{fields['timestamp']}\n{fields['nonce_str']}\n".encode() + body + b"\n"
        )
        self._require_signed(message, fields["signature"], method, target)

    def _require_known(self, fields: dict[str, str]) -> None:
        if fields["mchid"] != self.settings.mchid:
            raise _sign_error("商户号不存在")
        if fields["serial_no"] != self.settings.merchant_serial:
            raise _sign_error("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
        if abs(time.time() - int(fields["timestamp"])) > FRESH_SECONDS:
            raise _sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")

    def _require_signed(self, message: bytes, signature: str, method: str, target: str) -> None:
        try:
            signed = base64.b64decode(signature, validate=True)
            self._merchant_key.verify(signed, message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            raise _sign_error("签名错误，请检查后再试", _mismatch(message, method, target)) from None

    def signature_headers(self, body: bytes) -> dict[str, str]:
        """The Wechatpay-* headers over ``body``, as of now."""
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": self.settings.platform_serial,
            "Wechatpay-Signature-Type": SCHEME,
        }

    def answer(self, status: int, payload: dict[str, Any] | None = None, signed: bool = True) -> Response:
        """An answer of API v3; ``None`` is an empty body."""
        body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        headers = {"Request-ID": secrets.token_hex(16), **(self.signature_headers(body) if signed else {})}
        media_type = "application/json; charset=utf-8" if body else None
        return Response(body, status, headers=headers, media_type=media_type)

    def notification(self, notice_id: str, event_type: str, summary: str, resource: dict[str, Any]) -> bytes:
        """A notification's body (通知报文) with ``resource`` sealed by AES-256-GCM."""
        kind = "refund" if event_type.startswith("REFUND.") else "transaction"
        nonce = secrets.token_hex(6)
        plain = json.dumps(resource, ensure_ascii=False).encode()
        sealed = self._aead.encrypt(nonce.encode(), plain, kind.encode())
        envelope = {
            "id": notice_id,
            "create_time": rfc3339(datetime.now(BEIJING)),
            "event_type": event_type,
            "resource_type": "encrypt-resource",
            "summary": summary,
            "resource": {
                "original_type": kind,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": kind,
                "nonce": nonce,
            },
        }
        return json.dumps(envelope, ensure_ascii=False).encode()


def _sign_error(message: str, detail: dict[str, Any] | None = None) -> WeChatPayError:
    return WeChatPayError(401, "SIGN_ERROR", message, detail)


def _mismatch(message: bytes, method: str, target: str) -> dict[str, Any]:
    head, body = message.rsplit(b"\n", 2)[0], message.split(b"\n", 4)[4]
    shown = message[: len(message) - len(body)] + body[:8] + b"\n" if len(body) > 9 else head + b"\n"
    return {
        "field": "signature",
        "location": "authorization",
        "detail": {"issue": "sign not match"},
        "sign_information": {
            "method": method,
            "url": target,
            "truncated_sign_message": shown.decode(errors="replace"),
            "sign_message_length": len(message),
        },
    }

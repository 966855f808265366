"""Accounts with the stand-ins: the keys and the environment of both sides."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048


@dataclass(frozen=True)
class Account:
    """Environment variables: ``stand_in`` for the party's process, ``service`` for ours."""

    stand_in: dict[str, str]
    service: dict[str, str]


def wechatpay_account(directory: Path, url: str, notify_url: str) -> Account:
    """A merchant account; a second call in the same directory returns the same keys."""
    directory.mkdir(parents=True, exist_ok=True)
    apiv3_key = _secret(directory / "apiv3.key", 16)
    _key_pair(directory, "merchant")
    _key_pair(directory, "platform")
    shared = {"MCHID": "1900000001", "APPID": "wx0000000000000001", "APIV3_KEY": apiv3_key}
    stand_in = shared | {
        "MERCHANT_SERIAL": "MERCHANT0001",
        "MERCHANT_PUBLIC_KEY": str(directory / "merchant.pub.pem"),
        "PLATFORM_SERIAL": "PUB_KEY_ID_0001",
        "PLATFORM_PRIVATE_KEY": str(directory / "platform.pem"),
        "DATA": str(directory / "data"),
    }
    service = shared | {
        "URL": url,
        "SERIAL": "MERCHANT0001",
        "PRIVATE_KEY": str(directory / "merchant.pem"),
        "PLATFORM_SERIAL": "PUB_KEY_ID_0001",
        "PLATFORM_PUBLIC_KEY": str(directory / "platform.pub.pem"),
        "NOTIFY_URL": notify_url,
    }
    return Account(_prefixed("WECHATPAY_", stand_in), _prefixed("XUESHI_WECHATPAY_", service))


def sms_account(directory: Path, url: str) -> Account:
    """An account to send messages; a second call in the same directory returns the same secret."""
    directory.mkdir(parents=True, exist_ok=True)
    shared = {
        "ACCESS_KEY_ID": "LTAI0000000000000001",
        "ACCESS_KEY_SECRET": _secret(directory / "secret.key", 15),
    }
    stand_in = shared | {"DATA": str(directory / "data")}
    service = shared | {"URL": url, "SIGN_NAME": "学时", "TEMPLATE": "SMS_100000001"}
    return Account(_prefixed("SMS_", stand_in), _prefixed("XUESHI_SMS_", service))


def _prefixed(prefix: str, variables: dict[str, str]) -> dict[str, str]:
    return {prefix + name: value for name, value in variables.items()}


def _secret(path: Path, octets: int) -> str:
    if not path.exists():
        _write_private(path, secrets.token_hex(octets).encode())
    return path.read_text()


def _key_pair(directory: Path, name: str) -> None:
    private, public = directory / f"{name}.pem", directory / f"{name}.pub.pem"
    if private.exists() and public.exists():
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    _write_private(private, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)

"""Secrets and keys of one system: created once, one file each (mode 0600), as a cluster mounts them."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
TEN_YEARS = timedelta(days=3650)


@dataclass(frozen=True)
class KeyPair:
    """PEM files: PKCS #8, not encrypted, and SubjectPublicKeyInfo."""

    private: Path
    public: Path


def token() -> str:
    """A password of 192 random bits that needs no quoting anywhere."""
    return secrets.token_hex(24)


def key32() -> str:
    """Base64 of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


class Credentials:
    """A folder of secrets; each is created when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def secret(self, name: str, make: Callable[[], str] = token) -> str:
        """The secret of that name."""
        path = self.folder / name
        if not path.exists():
            _write(path, make().encode())
        return path.read_text()

    def path(self, name: str, make: Callable[[], str] = token) -> Path:
        """The file that holds the secret of that name."""
        self.secret(name, make)
        return self.folder / name

    def ec_pair(self, name: str) -> KeyPair:
        """An EC P-256 pair (ES256)."""
        return self._pair(name, lambda: ec.generate_private_key(ec.SECP256R1()))

    def rsa_pair(self, name: str) -> KeyPair:
        """An RSA-2048 pair (WECHATPAY2-SHA256-RSA2048)."""
        return self._pair(name, lambda: rsa.generate_private_key(65537, 2048))

    def certificate(self, name: str, common_name: str) -> Path:
        """A self-signed X.509 certificate of the EC pair `name`, PEM, good for ten years."""
        path = self.folder / f"{name}.crt"
        if not path.exists():
            key = load_pem_private_key(self.ec_pair(name).private.read_bytes(), None)
            _write(path, _self_signed(key, common_name))  # type: ignore[arg-type]
        return path

    def _pair(self, name: str, generate: Callable[[], PrivateKey]) -> KeyPair:
        pair = KeyPair(self.folder / f"{name}.key", self.folder / f"{name}.pub")
        if not pair.public.exists():
            key = generate()
            _write(pair.private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            _write(
                pair.public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            )
        return pair


def _self_signed(key: ec.EllipticCurvePrivateKey, common_name: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    """Appears whole or not at all, readable by its owner only."""
    staging = path.with_name(f".{path.name}.{os.getpid()}")
    staging.touch(mode=0o600)
    staging.write_bytes(content)
    staging.replace(path)

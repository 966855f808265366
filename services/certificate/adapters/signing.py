"""The PAdES signature (ETSI EN 319 142, baseline B-B) that makes a PDF ours and forbids any change (R30)."""

import hashlib
from datetime import datetime
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer

from services.certificate.adapters import ecdsa, layout
from services.certificate.adapters.offline_token import public_jwk, sign_token
from services.certificate.domain.document import CertificateData

_METADATA = PdfSignatureMetadata(
    field_name="CertificateSignature",
    md_algorithm="sha256",
    subfilter=SigSeedSubFilter.PADES,
    certify=True,
    docmdp_permissions=MDPPerm.NO_CHANGES,
    reason="继续教育合格证书",
)
_RESERVED_HEX = 8192  # room for the CMS: 4 KiB; a P-256 signature with its certificate takes about 1 KiB
# pyHanko runs an event loop; asyncio allows one per OS thread, which green threads (eventlet) share.
_ONE_AT_A_TIME = Lock()


class CertificateSigner:
    """Issues signed certificates with one P-256 key and its X.509 certificate, both PEM.

    The same data, key, font and library versions give the same bytes. `sign` and `issue` run an event
    loop of their own: call them from a thread, not from a coroutine.

    Raises:
        OSError: a file cannot be read.
        ValueError: not a P-256 key, or the certificate belongs to another key.
        UnprintableText: a text that the font cannot show or that does not fit.
    """

    def __init__(self, key_path: Path, cert_path: Path, font_path: Path) -> None:
        self._key = _load_key(key_path)
        self.certificate = x509.load_pem_x509_certificate(cert_path.read_bytes())
        if self.certificate.public_key() != self._key.public_key():
            raise ValueError("the certificate does not belong to the signing key")
        self._font = font_path
        self._signer = _DeterministicSigner(self._key, self.certificate)

    @property
    def jwk(self) -> dict[str, str]:
        """The public key for offline verification, as a JWK with its kid."""
        return public_jwk(self._key.public_key())

    def render(self, data: CertificateData) -> bytes:
        """The unsigned page with its QR code. A signed file starts with exactly these bytes."""
        return layout.render(data, sign_token(data, self._key), self._font)

    def sign(self, pdf: bytes, issued_at: datetime) -> bytes:
        """Certify `pdf` (DocMDP: no changes) as of `issued_at`, an aware time."""
        pdf_signer = _TimedSigner(_METADATA, signer=self._signer)
        pdf_signer.issued_at = issued_at
        with _ONE_AT_A_TIME:
            signed = pdf_signer.sign_pdf(_RepeatableWriter(BytesIO(pdf)), bytes_reserved=_RESERVED_HEX)
        return bytes(signed.getvalue())

    def issue(self, data: CertificateData) -> bytes:
        """Render and sign: the certificate as it is stored and downloaded."""
        return self.sign(self.render(data), data.issued_at_utc)


class _DeterministicSigner(Signer):
    """pyHanko's CMS builder over our ECDSA."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        super().__init__(signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)))
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        assert digest_algorithm == "sha256"
        return ecdsa.sign(self._key, data)


class _TimedSigner(PdfSigner):
    """Dates the signature by the certificate, not by the clock of the machine that signs."""

    issued_at: datetime

    def init_signing_session(self, *args: Any, **options: Any) -> Any:
        session = super().init_signing_session(*args, **options)
        session.system_time = self.issued_at
        return session


class _RepeatableWriter(IncrementalPdfFileWriter):
    """Adds the signature and nothing else: pyHanko's own writer adds a random identifier and today's date."""

    @classmethod
    def _handle_id(cls, prev: Any) -> Any:
        first = prev.trailer["/ID"][0]
        second = hashlib.sha256(b"signed" + bytes(first.original_bytes)).digest()[:16]
        return generic.ArrayObject([first, generic.ByteStringObject(second)])

    def _update_meta(self) -> None:
        """The page's metadata stays as it was rendered."""


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("the signing key must be ECDSA P-256")
    return key

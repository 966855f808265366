"""Makes and reads certificates, with keys of their own; issues the certificate of a record."""

import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pypdf import PdfReader

from services.certificate.adapters.rendering import Run
from services.certificate.adapters.signing import CertificateSigner
from services.certificate.domain.document import CertificateData, DocumentKind
from services.certificate.runtime import CertificateRuntime
from services.certificate.tests.builders import published
from shared.events.certificate import ProvinceApproved

FONT = Path(
    os.environ.get("XUESHI_FONT", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
)  # fonts-wqy-microhei
URL = "https://xueshi.example/api/certificate/verifications/CE2-2026-000123"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
A_CERTIFICATE: dict[str, Any] = {
    "number": "CE2-2026-000123",
    "holder_name": "张晓明",
    "id_number_masked": "420106********1234",
    "licence_category": "二级造价工程师",
    "specialty": "土木建筑工程",
    "licence_number": "建[造]21204200001234",
    "organisation": "武汉建设工程造价管理协会",
    "plan": "2026年第3期 02班",
    "compulsory_seconds": 40 * 2700,
    "elective_seconds": 40 * 2700,
    "study_started": date(2026, 3, 2),
    "study_ended": date(2026, 5, 20),
    "issued_at": datetime(2026, 5, 27, 17, 3, 4, tzinfo=UTC),  # already the 28th in China
    "verification_url": URL,
    "seconds_per_hour": 2700,
    "kind": DocumentKind.CERTIFICATE,
}


def a_certificate(**changes: Any) -> CertificateData:
    return CertificateData(**{**A_CERTIFICATE, **changes})


def write_key_pair(folder: Path, curve: ec.EllipticCurve | None = None) -> tuple[Path, Path]:
    """A fresh key and its self-signed certificate, as PEM files."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Certificate signing test")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=3650))
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    key_path, cert_path = folder / "key.pem", folder / "cert.pem"
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    cert_path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return key_path, cert_path


def read_qr(pdf: bytes) -> str:
    """What a phone would read from the page at 150 dpi."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(page)
    return code.text


def read_text(pdf: bytes) -> str:
    return PdfReader(BytesIO(pdf)).pages[0].extract_text()


def signature_gap(pdf: bytes) -> tuple[int, int]:
    """Start and end of the hexadecimal CMS, which the signature itself cannot cover."""
    byte_range = re.search(rb"/ByteRange \[0 (\d+) (\d+) ", pdf)
    assert byte_range
    return int(byte_range[1]) + 1, int(byte_range[2]) - 1


def with_signature(pdf: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The same file and the same CMS, well-formed, but for the signature value."""
    start, end = signature_gap(pdf)
    container = cms.ContentInfo.load(bytes.fromhex(pdf[start:end].decode()))
    signer_info = container["content"]["signer_infos"][0]
    signer_info["signature"] = change(signer_info["signature"].native)
    contents = container.dump(force=True).hex().upper().encode()
    return bytes(pdf[:start] + contents.ljust(end - start, b"0") + pdf[end:])


def twin_of(signature: bytes) -> bytes:
    """The other value that ECDSA accepts for the same message."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, P256_ORDER - s)


def public_key(signer: CertificateSigner) -> ec.EllipticCurvePublicKey:
    key = signer.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


@cache
def _drawn(command: tuple[str, ...], stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=stdin, capture_output=True)


def run_once(command: list[str], *, input: bytes, **_: Any) -> subprocess.CompletedProcess[bytes]:
    """The renderer's answer to the same question is not waited for twice."""
    return _drawn(tuple(command), input)


def issue(runtime: CertificateRuntime, run: Run = run_once) -> None:
    """What the events process does with ProvinceApproved for `enrollment-1`."""
    record = runtime.records.get("enrollment-1")
    assert record.approved_at is not None
    event = ProvinceApproved(
        enrollment_id=record.id,
        person_id=record.person_id,
        approved_by="province-1",
        approved_at=record.approved_at,
    )
    runtime.issuer(run).issue(published(event, record.id, sequence=4))

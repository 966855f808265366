"""The signature of the certificate, as others see it (R30)."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from services.certificate.adapters.signing import CertificateSigner
from services.certificate.tests.documents import (
    A_CERTIFICATE,
    FONT,
    write_key_pair,
)

_SIGN_TOGETHER = """
import eventlet; eventlet.monkey_patch()
import sys
from datetime import UTC, datetime
from pathlib import Path
from fpdf import FPDF
from services.certificate.adapters.signing import CertificateSigner
page = FPDF()
page.set_creation_date(datetime(2026, 5, 28, tzinfo=UTC))
page.add_page()
pdf = bytes(page.output())
signer = CertificateSigner(*map(Path, sys.argv[1:]))
threads = [eventlet.spawn(signer.sign, pdf, datetime(2026, 5, 28, tzinfo=UTC)) for _ in range(8)]
print(len({thread.wait() for thread in threads}))
"""


def test_an_independent_validator_accepts_it_as_certified_and_closed(
    pdf: bytes, key_pair: tuple[Path, Path]
) -> None:
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    root = load_cert_from_pemder(str(key_pair[1]))  # type: ignore[no-untyped-call]
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert signature.docmdp_level is MDPPerm.NO_CHANGES
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.self_reported_timestamp == A_CERTIFICATE["issued_at"]


def test_green_threads_can_sign_at_once(key_pair: tuple[Path, Path]) -> None:
    """The events process runs under eventlet, where asyncio loops of one OS thread collide."""
    command = [sys.executable, "-W", "ignore", "-c", _SIGN_TOGETHER, *map(str, (*key_pair, FONT))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="P-256"):
        CertificateSigner(*write_key_pair(tmp_path, ec.SECP384R1()), FONT)


def test_a_certificate_of_another_key_is_refused(tmp_path: Path, key_pair: tuple[Path, Path]) -> None:
    _, other_certificate = write_key_pair(tmp_path)
    with pytest.raises(ValueError, match="does not belong"):
        CertificateSigner(key_pair[0], other_certificate, FONT)

"""How much each endpoint of certificate takes: a PDF where it is verified, little everywhere else."""

from services.certificate.adapters.pdf_verification import MAX_PDF_BYTES
from services.certificate.api import MAX_JSON_BYTES, body_limit


def test_only_a_verification_takes_a_pdf():
    assert body_limit("/api/certificate/verifications") > MAX_PDF_BYTES
    assert body_limit("/api/certificate/files/f-1/province-decision") == MAX_JSON_BYTES

"""What a front end may ask of certificate."""

from services.certificate.adapters.pdf_verification import MAX_PDF_BYTES
from services.certificate.api import records, verifications
from services.certificate.runtime import CertificateRuntime
from shared.http.application import service_api

MULTIPART_BYTES = 10_000  # boundaries and headers around an uploaded PDF

MAX_JSON_BYTES = 64 * 1024


def body_limit(path: str) -> int:
    """JSON is read before anybody is asked who they are: much of it would keep the process busy."""
    return MAX_PDF_BYTES + MULTIPART_BYTES if path.endswith("/verifications") else MAX_JSON_BYTES


app = service_api(
    title="审核与证书 Certificate",
    routers=[records.router, verifications.router],
    runtime_class=CertificateRuntime,
    max_body_bytes=body_limit,
)

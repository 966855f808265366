"""`python -m services.certificate.render`: a CertificateData as JSON on stdin, the signed PDF on stdout.

A process of its own, because drawing and signing would hold up eventlet's hub. Personal data goes through the
pipe only; XUESHI_CERTIFICATE_KEY, XUESHI_CERTIFICATE_CERT and XUESHI_FONT name the files that it needs.
"""

import os
import sys
from pathlib import Path

from pydantic import TypeAdapter

from services.certificate.adapters import CertificateSigner
from services.certificate.document import CertificateData

NAMES = ("XUESHI_CERTIFICATE_KEY", "XUESHI_CERTIFICATE_CERT", "XUESHI_FONT")


def main() -> None:
    """Exits with 1 and a traceback on stderr when the certificate cannot be made."""
    data = TypeAdapter(CertificateData).validate_json(sys.stdin.buffer.read())
    signer = CertificateSigner(*(Path(os.environ[name]) for name in NAMES))
    sys.stdout.buffer.write(signer.issue(data))


if __name__ == "__main__":
    main()

"""`python -m services.certificate.adapters.render KEY CERTIFICATE FONT`: the process that rendering starts.

Reads a CertificateData as JSON on stdin, writes the signed PDF to stdout.
"""

import sys
from pathlib import Path

from services.certificate.adapters.rendering import DATA
from services.certificate.adapters.signing import CertificateSigner


def main(key: str, certificate: str, font: str) -> None:
    """Exits with 1 and a traceback on stderr when the certificate cannot be made."""
    data = DATA.validate_json(sys.stdin.buffer.read())
    signer = CertificateSigner(Path(key), Path(certificate), Path(font))
    sys.stdout.buffer.write(signer.issue(data))


if __name__ == "__main__":
    main(*sys.argv[1:])

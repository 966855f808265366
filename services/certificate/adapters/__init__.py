"""The certificate as a document: drawn, signed, and checked by anyone (R30). No storage, no HTTP."""

from .canvas import UnprintableText
from .offline_token import MAX_TOKEN_CHARACTERS, verify_offline
from .signing import CertificateSigner
from .verification import MAX_PDF_BYTES, verify_pdf

__all__ = [
    "MAX_PDF_BYTES",
    "MAX_TOKEN_CHARACTERS",
    "CertificateSigner",
    "UnprintableText",
    "verify_offline",
    "verify_pdf",
]

"""Is this PDF, byte for byte, a certificate of ours? (R30)

Nothing of an unknown file is parsed as PDF before its signature is proven: the signed range is found by its
fixed form, the CMS is checked over every byte outside it, and only then the number is read. So a hostile file
meets a regular expression and a DER decoder with a size limit, and no PDF trick (shadowed objects, second
revisions, ranges that leave gaps) has anything to act on.
"""

import hashlib
import re
from io import BytesIO

from asn1crypto import cms  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pypdf import PdfReader

from services.certificate.adapters import ecdsa
from services.certificate.domain.verification import PdfReason, PdfVerification

MAX_PDF_BYTES = 2 * 1024 * 1024
_MAX_CMS_BYTES = 64 * 1024
_BYTE_RANGE = re.compile(rb"/ByteRange ?\[0 (\d{1,8}) (\d{1,8}) (\d{1,8})\]")
_HEX_STRING = re.compile(rb"<((?:[0-9A-F]{2})+)>")
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})


def verify_pdf(pdf: bytes, *trusted: x509.Certificate) -> PdfVerification:
    """Check `pdf` against the signing certificates that we trust, present and past (keys rotate).

    Trust is by exact certificate: its validity period does not end what it signed, removing it does. Never
    raises; whether the certificate was revoked meanwhile is the service's to say.
    """
    try:
        reason = _judge(pdf, trusted)
    except Exception:  # hostile DER: asn1crypto and cryptography raise whatever they like on it
        reason = PdfReason.ALTERED
    return PdfVerification(reason) if reason is not PdfReason.VALID else _read_number(pdf)


def _judge(pdf: bytes, trusted: tuple[x509.Certificate, ...]) -> PdfReason:
    if len(pdf) > MAX_PDF_BYTES:
        return PdfReason.TOO_LARGE
    if not pdf.startswith(b"%PDF-"):
        return PdfReason.NOT_A_PDF
    if b"/ByteRange" not in pdf:
        return PdfReason.UNSIGNED
    return _judge_range(pdf, trusted)


def _judge_range(pdf: bytes, trusted: tuple[x509.Certificate, ...]) -> PdfReason:
    byte_range = _BYTE_RANGE.search(pdf)
    if byte_range is None:
        return PdfReason.ALTERED
    gap_start, gap_end, rest = (int(number) for number in byte_range.groups())
    if gap_end + rest < len(pdf):
        return PdfReason.EXTENDED
    contents = _HEX_STRING.fullmatch(pdf[gap_start:gap_end])
    if gap_end + rest != len(pdf) or contents is None or len(contents[1]) > 2 * _MAX_CMS_BYTES:
        return PdfReason.ALTERED
    return _judge_cms(bytes.fromhex(contents[1].decode()), pdf[:gap_start] + pdf[gap_end:], trusted)


def _judge_cms(contents: bytes, message: bytes, trusted: tuple[x509.Certificate, ...]) -> PdfReason:
    signed_data = cms.ContentInfo.load(contents)["content"]
    (signer_info,), (embedded,) = signed_data["signer_infos"], signed_data["certificates"]
    if not _signature_holds(signer_info, embedded.chosen, message):
        return PdfReason.ALTERED
    public_key = embedded.chosen.public_key.dump()
    ours = [certificate for certificate in trusted if _public_key(certificate) == public_key]
    if not ours:
        return PdfReason.OTHER_SIGNER
    canonical = any(_is_canonical(contents, signer_info, certificate) for certificate in ours)
    return PdfReason.VALID if canonical else PdfReason.ALTERED


def _signature_holds(signer_info: cms.SignerInfo, signer: asn1_x509.Certificate, message: bytes) -> bool:
    digest = signer_info["digest_algorithm"]["algorithm"].native
    if digest not in _DIGESTS:
        return False
    intact, valid = validate_sig_integrity(signer_info, signer, "data", hashlib.new(digest, message).digest())
    return intact and valid


def _public_key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _is_canonical(contents: bytes, signer_info: cms.SignerInfo, certificate: x509.Certificate) -> bool:
    """Whether the CMS is the only encoding that we write for this signature, zero padding included.

    A signature does not cover its own container, so what it leaves free is compared with what it must be.
    """
    signature = signer_info["signature"].native
    if not ecdsa.is_canonical(signature):
        return False
    signer = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    expected = _package(signer, signer_info["signed_attrs"].untag(), signature)
    return contents == expected.ljust(len(contents), b"\0")


def _package(signer: asn1_x509.Certificate, signed_attrs: cms.CMSAttributes, signature: bytes) -> bytes:
    """SignedData as RFC 5652 and EN 319 142 want it for one ES256 signer: DER."""
    digest = {"algorithm": "sha256"}
    issuer = {"issuer": signer.issuer, "serial_number": signer.serial_number}
    signer_info = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(issuer)}),
        "digest_algorithm": digest,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signed_attrs": signed_attrs,
        "signature": signature,
    }
    signed_data = {
        "version": "v1",
        "digest_algorithms": [digest],
        "encap_content_info": {"content_type": "data"},
        "certificates": [cms.CertificateChoices("certificate", signer)],
        "signer_infos": [signer_info],
    }
    return bytes(
        cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)}).dump()
    )


def _read_number(pdf: bytes) -> PdfVerification:
    """From XMP, of a file that is proven to be ours."""
    try:
        metadata = PdfReader(BytesIO(pdf)).xmp_metadata
        number = metadata.dc_identifier if metadata else None
    except Exception:  # our key has signed something that is no certificate
        number = None
    return PdfVerification(PdfReason.VALID, number) if number else PdfVerification(PdfReason.NUMBER_MISSING)

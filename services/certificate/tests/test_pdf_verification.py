"""Our PDFs alone pass, whatever comes in (R30)."""

from io import BytesIO

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from services.certificate.adapters.pdf_verification import MAX_PDF_BYTES, verify_pdf
from services.certificate.adapters.signing import CertificateSigner
from services.certificate.domain.verification import PdfReason
from services.certificate.tests.documents import (
    A_CERTIFICATE,
    signature_gap,
    twin_of,
    with_signature,
)


def test_ours_is_valid_and_gives_its_number(pdf: bytes, signer: CertificateSigner) -> None:
    verification = verify_pdf(pdf, signer.certificate)
    assert (verification.valid, verification.number) == (True, "CE2-2026-000123")


def test_a_past_signing_certificate_stays_trusted_beside_the_present_one(
    pdf: bytes, signer: CertificateSigner, stranger: CertificateSigner
) -> None:
    assert verify_pdf(pdf, stranger.certificate, signer.certificate).valid
    assert not verify_pdf(pdf).valid


def test_another_signer_is_named_as_such(pdf: bytes, stranger: CertificateSigner) -> None:
    assert verify_pdf(pdf, stranger.certificate).reason is PdfReason.OTHER_SIGNER


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", PdfReason.NOT_A_PDF),
        (b"PK\x03\x04", PdfReason.NOT_A_PDF),
        (b"%PDF-1.7\n", PdfReason.UNSIGNED),
        (b"%PDF-1.7\n/ByteRange [0 4 6 3]", PdfReason.EXTENDED),
        (b"%PDF-1.7\n/ByteRange [0 99999999 99999999 99999999]", PdfReason.ALTERED),
        (b"%PDF-" + b"0" * MAX_PDF_BYTES, PdfReason.TOO_LARGE),
    ],
)
def test_what_is_no_certificate_is_told_apart(
    content: bytes, reason: PdfReason, signer: CertificateSigner
) -> None:
    assert verify_pdf(content, signer.certificate).reason is reason


def test_an_unsigned_page_is_not_a_certificate(signer: CertificateSigner, page: bytes) -> None:
    assert verify_pdf(page, signer.certificate).reason is PdfReason.UNSIGNED


def test_an_incremental_update_is_seen(pdf: bytes, signer: CertificateSigner) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    writer.root["/PageMode"] = writer.root["/Type"]
    writer.update_root()  # type: ignore[no-untyped-call]
    changed = BytesIO()
    writer.write(changed)  # type: ignore[no-untyped-call]
    assert changed.getvalue().startswith(pdf)
    assert verify_pdf(changed.getvalue(), signer.certificate).reason is PdfReason.EXTENDED


def test_a_forgery_is_refused_behind_ours_and_alone(
    pdf: bytes, page: bytes, signer: CertificateSigner, stranger: CertificateSigner
) -> None:
    forged = stranger.sign(page, A_CERTIFICATE["issued_at"])
    assert verify_pdf(pdf + forged, signer.certificate).reason is PdfReason.EXTENDED
    assert verify_pdf(forged, signer.certificate).reason is PdfReason.OTHER_SIGNER


def test_our_signature_moved_onto_another_page_fails(
    pdf: bytes, other_pdf: bytes, signer: CertificateSigner
) -> None:
    start, end = signature_gap(pdf)
    other_start, other_end = signature_gap(other_pdf)
    forged = other_pdf[:other_start] + pdf[start:end] + other_pdf[other_end:]
    assert verify_pdf(forged, signer.certificate).reason is PdfReason.ALTERED


def test_the_twin_of_an_ecdsa_signature_is_refused(pdf: bytes, signer: CertificateSigner) -> None:
    assert with_signature(pdf, lambda same: same) == pdf
    twin = with_signature(pdf, twin_of)
    assert twin != pdf
    assert verify_pdf(twin, signer.certificate).reason is PdfReason.ALTERED


def test_the_spelling_and_padding_of_the_signature_cannot_change(
    pdf: bytes, signer: CertificateSigner
) -> None:
    start, end = signature_gap(pdf)
    lower = pdf[:start] + pdf[start:end].lower() + pdf[end:]
    padded = pdf[: end - 1] + b"1" + pdf[end:]
    reasons = {verify_pdf(changed, signer.certificate).reason for changed in (lower, padded)}
    assert reasons == {PdfReason.ALTERED}


def test_something_else_that_our_key_signed_is_no_certificate(signer: CertificateSigner) -> None:
    page = FPDF()
    page.add_page()
    signed = signer.sign(bytes(page.output()), A_CERTIFICATE["issued_at"])
    assert verify_pdf(signed, signer.certificate).reason is PdfReason.NUMBER_MISSING


@settings(max_examples=200, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bit_can_change(pdf: bytes, signer: CertificateSigner, place: float, bit: int) -> None:
    changed = bytearray(pdf)
    changed[int(place * len(pdf))] ^= 1 << bit
    assert not verify_pdf(bytes(changed), signer.certificate).valid


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 1500), digit=st.sampled_from("0123456789ABCDEF"))
def test_no_digit_of_the_signature_can_change(
    pdf: bytes, signer: CertificateSigner, place: int, digit: str
) -> None:
    changed = bytearray(pdf)
    at = signature_gap(pdf)[0] + place
    changed[at] = ord(digit)
    assert verify_pdf(bytes(changed), signer.certificate).valid == (bytes(changed) == pdf)


@settings(max_examples=200, deadline=None)
@given(cut=st.floats(0, 1), junk=st.binary(max_size=200), again=st.floats(0, 1))
def test_no_splice_raises_or_passes(
    pdf: bytes, signer: CertificateSigner, cut: float, junk: bytes, again: float
) -> None:
    spliced = pdf[: int(cut * len(pdf))] + junk + pdf[int(again * len(pdf)) :]
    assert verify_pdf(spliced, signer.certificate).valid == (spliced == pdf)


@settings(max_examples=200, deadline=None)
@given(contents=st.binary(min_size=1, max_size=600))
def test_no_hostile_signature_container_raises(signer: CertificateSigner, contents: bytes) -> None:
    gap = b"<" + contents.hex().upper().encode() + b">"
    head = b"%%PDF-1.7\n/ByteRange [0 40 %d 1]" % (40 + len(gap))
    hostile = head.ljust(40) + gap + b"\n"
    assert verify_pdf(hostile, signer.certificate).reason is PdfReason.ALTERED

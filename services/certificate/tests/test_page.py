"""The page of the certificate: what it shows, and what it refuses to show (R30)."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from services.certificate.adapters.canvas import UnprintableText
from services.certificate.adapters.signing import CertificateSigner
from services.certificate.domain.document import DocumentKind
from services.certificate.tests.documents import (
    A_CERTIFICATE,
    a_certificate,
    read_text,
)


def test_a_certificate_is_one_a4_landscape_page_with_an_embedded_subset_font(pdf: bytes) -> None:
    (page,) = PdfReader(BytesIO(pdf)).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
    (font,) = page["/Resources"]["/Font"].values()  # type: ignore[index]
    descendant = font.get_object()["/DescendantFonts"][0].get_object()
    assert "/FontFile2" in descendant["/FontDescriptor"].get_object()
    assert len(pdf) < 300_000


def test_a_certificate_shows_everything_that_is_certified(pdf: bytes) -> None:
    text = re.sub(r"\s", "", read_text(pdf))
    shown = ["继续教育合格证书", "CERTIFICATEOFCONTINUINGEDUCATION", "CE2-2026-000123", "张晓明"]
    shown += ["420106********1234", "二级造价工程师", "土木建筑工程", "建[造]21204200001234"]
    shown += ["武汉建设工程造价管理协会", "2026年第3期02班", "2026-03-02–2026-05-20", "2026年5月28日"]
    shown += ["必修Compulsory4030:00:00", "选修Elective4030:00:00", "合计Total8060:00:00", "45分钟"]
    assert [fact for fact in shown if fact not in text] == []


def test_level_one_is_a_statement_of_hours(signer: CertificateSigner) -> None:
    page = signer.render(a_certificate(kind=DocumentKind.HOURS_STATEMENT))
    assert "继续教育学时证明" in read_text(page)


def test_the_same_data_give_the_same_bytes_and_other_data_do_not(
    signer: CertificateSigner, pdf: bytes, other_pdf: bytes
) -> None:
    assert signer.issue(a_certificate()) == pdf != other_pdf


def test_signing_only_appends_to_the_rendered_page(signer: CertificateSigner, page: bytes) -> None:
    assert signer.sign(page, A_CERTIFICATE["issued_at"]).startswith(page)


def test_a_long_name_shrinks_and_one_without_end_is_refused(signer: CertificateSigner) -> None:
    assert "特·" * 12 in read_text(signer.render(a_certificate(holder_name="特·" * 12)))
    with pytest.raises(UnprintableText, match="do not fit"):
        signer.render(a_certificate(holder_name="特" * 60))


def test_a_character_that_the_font_lacks_is_refused(signer: CertificateSigner) -> None:
    with pytest.raises(UnprintableText, match=r"U\+2B7A9"):
        signer.render(a_certificate(holder_name="张\U0002b7a9"))


def test_a_line_break_in_a_name_is_refused(signer: CertificateSigner) -> None:
    with pytest.raises(UnprintableText, match=r"U\+000A"):
        signer.render(a_certificate(holder_name="张\n三"))

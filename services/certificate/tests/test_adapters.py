"""The certificate as a document: what it shows, and that ours alone passes, whatever comes in (R30)."""

import os
import re
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from PIL import Image
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from services.certificate.adapters import (
    MAX_PDF_BYTES,
    MAX_TOKEN_CHARACTERS,
    CertificateSigner,
    UnprintableText,
    verify_offline,
    verify_pdf,
)
from services.certificate.document import (
    CertificateData,
    DocumentKind,
    PdfReason,
    TokenReason,
    mask_id_number,
)

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
}


def a_certificate(**changes: Any) -> CertificateData:
    return CertificateData(**{**A_CERTIFICATE, **changes})


def a_photo() -> bytes:
    photo = BytesIO()
    Image.new("RGB", (150, 180), (67, 142, 219)).save(photo, "JPEG")
    return photo.getvalue()


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


@pytest.fixture(scope="module")
def key_pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_key_pair(tmp_path_factory.mktemp("signer"))


@pytest.fixture(scope="module")
def signer(key_pair: tuple[Path, Path]) -> CertificateSigner:
    return CertificateSigner(*key_pair, FONT)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> CertificateSigner:
    return CertificateSigner(*write_key_pair(tmp_path_factory.mktemp("stranger")), FONT)


@pytest.fixture(scope="module")
def pdf(signer: CertificateSigner) -> bytes:
    return signer.issue(a_certificate(photo_jpeg=a_photo()))


@pytest.fixture(scope="module")
def other_pdf(signer: CertificateSigner) -> bytes:
    return signer.issue(a_certificate(photo_jpeg=a_photo(), holder_name="李四"))


@pytest.fixture(scope="module")
def page(signer: CertificateSigner) -> bytes:
    return signer.render(a_certificate())


@pytest.fixture(scope="module")
def token(pdf: bytes) -> str:
    return read_qr(pdf).partition("#")[2]


def read_qr(pdf: bytes) -> str:
    """What a phone would read from the page at 150 dpi."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(page)
    return code.text


def read_text(pdf: bytes) -> str:
    return PdfReader(BytesIO(pdf)).pages[0].extract_text()


def signature_gap(pdf: bytes) -> tuple[int, int]:
    """Start and end of the hexadecimal CMS, which the signature itself cannot cover."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) ", pdf)
    assert found
    return int(found[1]) + 1, int(found[2]) - 1


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


class TestPage:
    def test_is_one_a4_landscape_page_with_an_embedded_subset_font(self, pdf: bytes) -> None:
        (page,) = PdfReader(BytesIO(pdf)).pages
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
        (font,) = page["/Resources"]["/Font"].values()  # type: ignore[index]
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in descendant["/FontDescriptor"].get_object()
        assert len(pdf) < 300_000

    def test_shows_everything_that_is_certified(self, pdf: bytes) -> None:
        text = re.sub(r"\s", "", read_text(pdf))
        shown = ["继续教育合格证书", "CERTIFICATEOFCONTINUINGEDUCATION", "CE2-2026-000123", "张晓明"]
        shown += ["420106********1234", "二级造价工程师", "土木建筑工程", "建[造]21204200001234"]
        shown += ["武汉建设工程造价管理协会", "2026年第3期02班", "2026-03-02–2026-05-20", "2026年5月28日"]
        shown += ["必修Compulsory4030:00:00", "选修Elective4030:00:00", "合计Total8060:00:00", "45分钟"]
        assert [fact for fact in shown if fact not in text] == []

    def test_level_one_is_a_statement_of_hours(self, signer: CertificateSigner) -> None:
        page = signer.render(a_certificate(kind=DocumentKind.HOURS_STATEMENT))
        assert "继续教育学时证明" in read_text(page)

    def test_the_same_data_give_the_same_bytes_and_other_data_do_not(
        self, signer: CertificateSigner, pdf: bytes, other_pdf: bytes
    ) -> None:
        assert signer.issue(a_certificate(photo_jpeg=a_photo())) == pdf != other_pdf

    def test_signing_only_appends_to_the_rendered_page(self, signer: CertificateSigner, page: bytes) -> None:
        assert signer.sign(page, A_CERTIFICATE["issued_at"]).startswith(page)

    def test_a_long_name_shrinks_and_one_without_end_is_refused(self, signer: CertificateSigner) -> None:
        assert "特·" * 12 in read_text(signer.render(a_certificate(holder_name="特·" * 12)))
        with pytest.raises(UnprintableText, match="do not fit"):
            signer.render(a_certificate(holder_name="特" * 60))

    def test_a_character_that_the_font_lacks_is_refused(self, signer: CertificateSigner) -> None:
        with pytest.raises(UnprintableText, match=r"U\+2B7A9"):
            signer.render(a_certificate(holder_name="张\U0002b7a9"))

    def test_a_line_break_in_a_name_is_refused(self, signer: CertificateSigner) -> None:
        with pytest.raises(UnprintableText, match=r"U\+000A"):
            signer.render(a_certificate(holder_name="张\n三"))


class TestData:
    def test_hours_round_down_and_the_total_is_taken_from_seconds(self) -> None:
        data = a_certificate(compulsory_seconds=14, elective_seconds=14, seconds_per_hour=15)
        assert (data.compulsory_hours, data.total_hours) == (Decimal("0.93"), Decimal("1.86"))

    @pytest.mark.parametrize(
        "changes",
        [
            {"id_number_masked": "420106199001011234"},
            {"number": "../../etc"},
            {"issued_at": datetime(2026, 5, 28)},  # noqa: DTZ001
            {"elective_seconds": -1},
            {"seconds_per_hour": 0},
            {"study_ended": date(2026, 3, 1)},
            {"photo_jpeg": b"<svg/>"},
        ],
    )
    def test_what_must_not_be_printed_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"."):
            a_certificate(**changes)

    def test_an_id_number_is_masked_for_print(self) -> None:
        assert mask_id_number("42010619900101123X") == "420106********123X"
        with pytest.raises(ValueError, match="18"):
            mask_id_number("4201061990")


_SIGN_TOGETHER = """
import eventlet; eventlet.monkey_patch()
import sys
from datetime import UTC, datetime
from pathlib import Path
from fpdf import FPDF
from services.certificate.adapters import CertificateSigner
page = FPDF()
page.set_creation_date(datetime(2026, 5, 28, tzinfo=UTC))
page.add_page()
pdf = bytes(page.output())
signer = CertificateSigner(*map(Path, sys.argv[1:]))
threads = [eventlet.spawn(signer.sign, pdf, datetime(2026, 5, 28, tzinfo=UTC)) for _ in range(8)]
print(len({thread.wait() for thread in threads}))
"""


class TestSigning:
    def test_an_independent_validator_accepts_it_as_certified_and_closed(
        self, pdf: bytes, key_pair: tuple[Path, Path]
    ) -> None:
        (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
        root = load_cert_from_pemder(str(key_pair[1]))  # type: ignore[no-untyped-call]
        status = validate_pdf_signature(
            signature, ValidationContext(trust_roots=[root], allow_fetching=False)
        )
        assert status.bottom_line
        assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        assert signature.docmdp_level is MDPPerm.NO_CHANGES
        assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
        assert signature.self_reported_timestamp == A_CERTIFICATE["issued_at"]

    def test_green_threads_can_sign_at_once(self, key_pair: tuple[Path, Path]) -> None:
        """The events process runs under eventlet, where asyncio loops of one OS thread collide."""
        command = [sys.executable, "-W", "ignore", "-c", _SIGN_TOGETHER, *map(str, (*key_pair, FONT))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr

    def test_a_key_of_another_curve_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="P-256"):
            CertificateSigner(*write_key_pair(tmp_path, ec.SECP384R1()), FONT)

    def test_a_certificate_of_another_key_is_refused(
        self, tmp_path: Path, key_pair: tuple[Path, Path]
    ) -> None:
        _, other_certificate = write_key_pair(tmp_path)
        with pytest.raises(ValueError, match="does not belong"):
            CertificateSigner(key_pair[0], other_certificate, FONT)


class TestVerification:
    def test_ours_is_valid_and_gives_its_number(self, pdf: bytes, signer: CertificateSigner) -> None:
        verification = verify_pdf(pdf, signer.certificate)
        assert (verification.valid, verification.number) == (True, "CE2-2026-000123")

    def test_a_past_signing_certificate_stays_trusted_beside_the_present_one(
        self, pdf: bytes, signer: CertificateSigner, stranger: CertificateSigner
    ) -> None:
        assert verify_pdf(pdf, stranger.certificate, signer.certificate).valid
        assert not verify_pdf(pdf).valid

    def test_another_signer_is_named_as_such(self, pdf: bytes, stranger: CertificateSigner) -> None:
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
        self, content: bytes, reason: PdfReason, signer: CertificateSigner
    ) -> None:
        assert verify_pdf(content, signer.certificate).reason is reason

    def test_an_unsigned_page_is_not_a_certificate(self, signer: CertificateSigner, page: bytes) -> None:
        assert verify_pdf(page, signer.certificate).reason is PdfReason.UNSIGNED

    def test_an_incremental_update_is_seen(self, pdf: bytes, signer: CertificateSigner) -> None:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        writer.root["/PageMode"] = writer.root["/Type"]
        writer.update_root()  # type: ignore[no-untyped-call]
        changed = BytesIO()
        writer.write(changed)  # type: ignore[no-untyped-call]
        assert changed.getvalue().startswith(pdf)
        assert verify_pdf(changed.getvalue(), signer.certificate).reason is PdfReason.EXTENDED

    def test_a_forgery_is_refused_behind_ours_and_alone(
        self, pdf: bytes, page: bytes, signer: CertificateSigner, stranger: CertificateSigner
    ) -> None:
        forged = stranger.sign(page, A_CERTIFICATE["issued_at"])
        assert verify_pdf(pdf + forged, signer.certificate).reason is PdfReason.EXTENDED
        assert verify_pdf(forged, signer.certificate).reason is PdfReason.OTHER_SIGNER

    def test_our_signature_moved_onto_another_page_fails(
        self, pdf: bytes, other_pdf: bytes, signer: CertificateSigner
    ) -> None:
        start, end = signature_gap(pdf)
        other_start, other_end = signature_gap(other_pdf)
        forged = other_pdf[:other_start] + pdf[start:end] + other_pdf[other_end:]
        assert verify_pdf(forged, signer.certificate).reason is PdfReason.ALTERED

    def test_the_twin_of_an_ecdsa_signature_is_refused(self, pdf: bytes, signer: CertificateSigner) -> None:
        assert with_signature(pdf, lambda same: same) == pdf
        twin = with_signature(pdf, twin_of)
        assert twin != pdf
        assert verify_pdf(twin, signer.certificate).reason is PdfReason.ALTERED

    def test_the_spelling_and_padding_of_the_signature_cannot_change(
        self, pdf: bytes, signer: CertificateSigner
    ) -> None:
        start, end = signature_gap(pdf)
        lower = pdf[:start] + pdf[start:end].lower() + pdf[end:]
        padded = pdf[: end - 1] + b"1" + pdf[end:]
        reasons = {verify_pdf(changed, signer.certificate).reason for changed in (lower, padded)}
        assert reasons == {PdfReason.ALTERED}

    def test_something_else_that_our_key_signed_is_no_certificate(self, signer: CertificateSigner) -> None:
        page = FPDF()
        page.add_page()
        signed = signer.sign(bytes(page.output()), A_CERTIFICATE["issued_at"])
        assert verify_pdf(signed, signer.certificate).reason is PdfReason.NUMBER_MISSING

    @settings(max_examples=200, deadline=None)
    @given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def test_no_bit_can_change(self, pdf: bytes, signer: CertificateSigner, place: float, bit: int) -> None:
        changed = bytearray(pdf)
        changed[int(place * len(pdf))] ^= 1 << bit
        assert not verify_pdf(bytes(changed), signer.certificate).valid

    @settings(max_examples=200, deadline=None)
    @given(place=st.integers(0, 1500), digit=st.sampled_from("0123456789ABCDEF"))
    def test_no_digit_of_the_signature_can_change(
        self, pdf: bytes, signer: CertificateSigner, place: int, digit: str
    ) -> None:
        changed = bytearray(pdf)
        at = signature_gap(pdf)[0] + place
        changed[at] = ord(digit)
        assert verify_pdf(bytes(changed), signer.certificate).valid == (bytes(changed) == pdf)

    @settings(max_examples=200, deadline=None)
    @given(cut=st.floats(0, 1), junk=st.binary(max_size=200), again=st.floats(0, 1))
    def test_no_splice_raises_or_passes(
        self, pdf: bytes, signer: CertificateSigner, cut: float, junk: bytes, again: float
    ) -> None:
        spliced = pdf[: int(cut * len(pdf))] + junk + pdf[int(again * len(pdf)) :]
        assert verify_pdf(spliced, signer.certificate).valid == (spliced == pdf)

    @settings(max_examples=200, deadline=None)
    @given(contents=st.binary(min_size=1, max_size=600))
    def test_no_hostile_signature_container_raises(self, signer: CertificateSigner, contents: bytes) -> None:
        gap = b"<" + contents.hex().upper().encode() + b">"
        head = b"%%PDF-1.7\n/ByteRange [0 40 %d 1]" % (40 + len(gap))
        hostile = head.ljust(40) + gap + b"\n"
        assert verify_pdf(hostile, signer.certificate).reason is PdfReason.ALTERED


class TestOfflineToken:
    def test_the_qr_code_is_read_from_the_page_and_verifies_without_a_server(
        self, pdf: bytes, signer: CertificateSigner
    ) -> None:
        url, _, token = read_qr(pdf).partition("#")
        claims = verify_offline(token, public_key(signer)).claims
        assert url == URL
        assert claims is not None
        assert (claims.number, claims.holder_name) == ("CE2-2026-000123", "张晓明")
        assert (claims.licence_category, claims.issued_at) == ("二级造价工程师", A_CERTIFICATE["issued_at"])
        assert claims.compulsory_hours == claims.elective_hours == Decimal(40)

    def test_the_published_jwk_is_the_key_without_its_secret(
        self, token: str, signer: CertificateSigner
    ) -> None:
        published = ECKey.import_key({**signer.jwk})
        assert not published.is_private
        assert published.public_key == public_key(signer)
        assert verify_offline(token, published.public_key).valid

    def test_another_key_does_not_verify_it(self, token: str, stranger: CertificateSigner) -> None:
        assert verify_offline(token, public_key(stranger)).reason is TokenReason.ALTERED

    def test_an_unsigned_token_and_one_of_another_type_are_refused(
        self, token: str, key_pair: tuple[Path, Path], signer: CertificateSigner
    ) -> None:
        none = urlsafe_b64encode(b'{"alg":"none","typ":"cert+jws"}').rstrip(b"=").decode()
        unsigned = f"{none}.{token.split('.')[1]}."
        assert verify_offline(unsigned, public_key(signer)).reason is TokenReason.MALFORMED
        key = ECKey.import_key(key_pair[0].read_bytes())
        payload = jws.extract_compact(token.encode()).payload
        session = jws.serialize_compact({"alg": "ES256", "typ": "JWT"}, payload, key)
        assert verify_offline(session, public_key(signer)).reason is TokenReason.MALFORMED

    def test_it_has_one_spelling(self, token: str, signer: CertificateSigner) -> None:
        respelled = token[:-1] + chr(ord(token[-1]) + 1)  # only bits that base64 drops
        message, _, signature = token.rpartition(".")
        raw = urlsafe_b64decode(signature + "==")
        other_s = (P256_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        twin = f"{message}.{urlsafe_b64encode(raw[:32] + other_s).rstrip(b'=').decode()}"
        assert urlsafe_b64decode(respelled.rpartition(".")[2] + "==") == raw
        assert [verify_offline(other, public_key(signer)).valid for other in (respelled, twin)] == [
            False,
            False,
        ]

    def test_an_overlong_token_is_refused_unread(self, token: str, signer: CertificateSigner) -> None:
        overlong = token + "A" * MAX_TOKEN_CHARACTERS
        assert verify_offline(overlong, public_key(signer)).reason is TokenReason.TOO_LARGE

    @settings(max_examples=150, deadline=None)
    @given(place=st.floats(0, 1, exclude_max=True), character=st.characters(codec="utf-8"))
    def test_no_character_can_change(
        self, token: str, signer: CertificateSigner, place: float, character: str
    ) -> None:
        at = int(place * len(token))
        changed = token[:at] + character + token[at + 1 :]
        assert verify_offline(changed, public_key(signer)).valid == (changed == token)

    @given(text=st.text(max_size=200))
    def test_no_text_raises(self, text: str, signer: CertificateSigner) -> None:
        assert not verify_offline(text, public_key(signer)).valid


def public_key(signer: CertificateSigner) -> ec.EllipticCurvePublicKey:
    key = signer.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key

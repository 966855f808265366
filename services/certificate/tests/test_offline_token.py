"""The QR code proves the certificate without a server (R30)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from services.certificate.adapters.offline_token import MAX_TOKEN_CHARACTERS, verify_offline
from services.certificate.adapters.signing import CertificateSigner
from services.certificate.domain.verification import TokenReason
from services.certificate.tests.documents import (
    A_CERTIFICATE,
    P256_ORDER,
    URL,
    public_key,
    read_qr,
)


def test_the_qr_code_is_read_from_the_page_and_verifies_without_a_server(
    pdf: bytes, signer: CertificateSigner
) -> None:
    url, _, token = read_qr(pdf).partition("#")
    claims = verify_offline(token, public_key(signer)).claims
    assert url == URL
    assert claims is not None
    assert (claims.number, claims.holder_name) == ("CE2-2026-000123", "张晓明")
    assert (claims.licence_category, claims.issued_at) == ("二级造价工程师", A_CERTIFICATE["issued_at"])
    assert claims.compulsory_hours == claims.elective_hours == Decimal(40)


def test_the_published_jwk_is_the_key_without_its_secret(token: str, signer: CertificateSigner) -> None:
    published = ECKey.import_key({**signer.jwk})
    assert not published.is_private
    assert published.public_key == public_key(signer)
    assert verify_offline(token, published.public_key).valid


def test_another_key_does_not_verify_it(token: str, stranger: CertificateSigner) -> None:
    assert verify_offline(token, public_key(stranger)).reason is TokenReason.ALTERED


def test_an_unsigned_token_and_one_of_another_type_are_refused(
    token: str, key_pair: tuple[Path, Path], signer: CertificateSigner
) -> None:
    none = urlsafe_b64encode(b'{"alg":"none","typ":"cert+jws"}').rstrip(b"=").decode()
    unsigned = f"{none}.{token.split('.')[1]}."
    assert verify_offline(unsigned, public_key(signer)).reason is TokenReason.MALFORMED
    key = ECKey.import_key(key_pair[0].read_bytes())
    payload = jws.extract_compact(token.encode()).payload
    session = jws.serialize_compact({"alg": "ES256", "typ": "JWT"}, payload, key)
    assert verify_offline(session, public_key(signer)).reason is TokenReason.MALFORMED


def test_it_has_one_spelling(token: str, signer: CertificateSigner) -> None:
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


def test_an_overlong_token_is_refused_unread(token: str, signer: CertificateSigner) -> None:
    overlong = token + "A" * MAX_TOKEN_CHARACTERS
    assert verify_offline(overlong, public_key(signer)).reason is TokenReason.TOO_LARGE


@settings(max_examples=150, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), character=st.characters(codec="utf-8"))
def test_no_character_can_change(token: str, signer: CertificateSigner, place: float, character: str) -> None:
    at = int(place * len(token))
    changed = token[:at] + character + token[at + 1 :]
    assert verify_offline(changed, public_key(signer)).valid == (changed == token)


@given(text=st.text(max_size=200))
def test_no_text_raises(text: str, signer: CertificateSigner) -> None:
    assert not verify_offline(text, public_key(signer)).valid

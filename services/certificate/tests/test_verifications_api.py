"""Anyone verifies a certificate over HTTP, by number or PDF (R30)."""

from dataclasses import replace

from services.certificate.adapters.signing import CertificateSigner
from services.certificate.application.issuing import certificate_data
from services.certificate.application.personal_data import unseal

RECORD = "/api/certificate/files/enrollment-1"
VERIFICATIONS = "/api/certificate/verifications"


def verified(client, pdf):
    return client.post(VERIFICATIONS, files={"pdf": ("certificate.pdf", pdf, "application/pdf")})


def test_anyone_verifies_by_number_and_learns_no_more_than_needed(client, certificate, approved):
    answer = client.get(f"{VERIFICATIONS}/{approved.number}").json()
    assert (answer["state"], answer["holder"], answer["compulsory_hours"]) == ("valid", "张*", 1)
    assert "420106" not in str(answer)
    assert "晓明" not in str(answer)


def test_an_unknown_number_is_not_found(client, approved):
    assert client.get(f"{VERIFICATIONS}/CE2-42-2026-000000000000").status_code == 404
    assert client.get(f"{VERIFICATIONS}/{approved.number}").status_code == 404  # approved, not issued yet


def test_anyone_verifies_the_pdf(client, certificate, approved):
    answer = verified(client, certificate).json()
    assert (answer["valid"], answer["reason"], answer["number"]) == (True, "valid", approved.number)
    assert answer["certificate"]["holder"] == "张*"


def test_an_altered_pdf_is_invalid(client, certificate):
    altered = bytearray(certificate)
    altered[len(altered) // 3] ^= 1
    pdfs = (bytes(altered), certificate + b"\n% more", b"no PDF", b"")
    answers = [verified(client, pdf).json() for pdf in pdfs]
    assert [answer["valid"] for answer in answers] == [False] * 4
    reasons = ["altered", "extended_after_signing", "not_a_pdf", "not_a_pdf"]
    assert [answer["reason"] for answer in answers] == reasons
    assert all(answer["number"] is None and answer["certificate"] is None for answer in answers)


def test_a_pdf_that_our_key_signed_but_nobody_issued_is_invalid(client, certificate, runtime):
    settings, record = runtime.settings, runtime.records.get("enrollment-1")
    signer = CertificateSigner(settings.certificate_key, settings.certificate_cert, settings.font)
    data = certificate_data(record, unseal(runtime.keyring, record), settings.public_url)

    def signed(**changes):
        return signer.issue(replace(data, **changes))

    more_hours = verified(client, signed(elective_seconds=1500)).json()
    assert (more_hours["valid"], more_hours["reason"]) == (False, "hash_differs")
    unknown = verified(client, signed(number="CE2-42-2026-000000000000")).json()
    assert (unknown["valid"], unknown["reason"]) == (False, "unknown_number")
    assert verified(client, signed()).json()["valid"] is True  # the same bytes again


def test_a_revoked_certificate_says_so(client, headers, certificate, approved):
    revoked = client.post(f"{RECORD}/revocation", json={"reason": "作弊属实"}, headers=headers["province"])
    assert revoked.json()["status"] == "revoked"
    assert client.get(f"{VERIFICATIONS}/{approved.number}").json()["state"] == "revoked"
    answer = verified(client, certificate).json()
    assert (answer["valid"], answer["reason"], answer["certificate"]["state"]) == (
        False,
        "revoked",
        "revoked",
    )


def test_a_pdf_that_is_too_large_is_refused(client):
    answer = verified(client, b"%PDF-" + b"0" * 3_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")

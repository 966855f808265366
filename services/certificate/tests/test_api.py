"""Files, decisions, certificates and their verification over HTTP, on real servers and a real PDF."""

import hashlib
import subprocess
from functools import cache

import pytest
from pydantic import TypeAdapter

from services.certificate.adapters import CertificateSigner
from services.certificate.document import CertificateData
from services.certificate.domain import FileStatus
from services.certificate.issuing import RenderingFailed, certificate_data, issue
from services.certificate.personal import unseal
from services.certificate.storage import BUCKET, HoursFiles
from services.certificate.tests.builders import NOW, Study, personal_json, published
from services.certificate.tests.test_domain import a_file, a_file_in, an_audited_file
from shared.domain.clock import utc_now
from shared.events.certificate import ProvinceApproved

FILE = "/api/certificate/files/enrollment-1"
VERIFICATIONS = "/api/certificate/verifications"


@pytest.fixture
def files(runtime):
    return HoursFiles()


@pytest.fixture
def audited(files, runtime, person):
    """A file whose hours have been audited."""
    study = Study(person=person)
    file = a_file(study.facts, study)
    file.personal = runtime.keyring.seal_text(person, personal_json(), "certificate")
    return files.add(file)


@pytest.fixture
def headers(headers_of, audited):
    """Of everyone who has to do with the file."""
    return {
        "learner": headers_of("learner", person=audited.person_id),
        "organisation": headers_of("organisation"),
        "province": headers_of("province"),
        "another learner": headers_of("learner", person="somebody else"),
        "another organisation": headers_of("organisation", org="别的机构"),
        "auditor": headers_of("auditor"),
    }


@pytest.fixture
def approved(files, audited):
    """A file that the province has approved, always on the same day."""
    return files.update(
        audited.id, lambda it: (it.confirm("staff-1"), it.report(), it.approve("province-1", NOW))
    )


@cache
def drawn(command, text):
    return subprocess.run(command, input=text, capture_output=True)


def run_once(command, *, input, **_):
    """The renderer's answer to the same question is not waited for twice."""
    return drawn(tuple(command), input)


def make(files, runtime, run=run_once):
    """What the events process does with ProvinceApproved."""
    file = files.get("enrollment-1")
    event = ProvinceApproved(
        enrollment_id=file.id,
        person_id=file.person_id,
        approved_by="province-1",
        approved_at=file.approved_at,
    )
    issue(files, runtime, published(event, file.id, sequence=4), file.id, run)


@pytest.fixture
def certificate(client, approved, files, runtime, headers):
    """The issued PDF, as its learner downloads it."""
    make(files, runtime)
    return client.get(f"{FILE}/certificate.pdf", headers=headers["learner"]).content


# ---- files and decisions ----


def test_the_way_from_the_audit_to_the_certificate(client, headers, files, runtime):
    assert client.get(FILE, headers=headers["learner"]).json()["audit"]["verdict"] == "clean"
    assert client.get(FILE, headers=headers["province"]).status_code == 404  # not reported yet
    assert (
        client.post(f"{FILE}/confirmation", headers=headers["organisation"]).json()["status"] == "reportable"
    )
    assert client.post(f"{FILE}/report", headers=headers["learner"]).json()["status"] == "province_review"
    sent_back = {"approved": False, "reason": "请核对第二课"}
    answer = client.post(f"{FILE}/province-decision", json=sent_back, headers=headers["province"]).json()
    assert (answer["status"], answer["reason"]) == ("organisation_review", "请核对第二课")
    client.post(f"{FILE}/confirmation", headers=headers["organisation"])
    client.post(f"{FILE}/report", headers=headers["learner"])
    decided = client.post(f"{FILE}/province-decision", json={"approved": True}, headers=headers["province"])
    assert decided.json()["status"] == "approved"
    assert client.get(f"{FILE}/certificate.pdf", headers=headers["learner"]).status_code == 404
    make(files, runtime)
    view = client.get(FILE, headers=headers["learner"]).json()
    pdf = client.get(f"{FILE}/certificate.pdf", headers=headers["learner"])
    assert (view["status"], view["sha256"]) == ("certified", hashlib.sha256(pdf.content).hexdigest())
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("path", "role", "body"),
    [
        ("report", "learner", None),
        ("province-decision", "province", {"approved": True}),
        ("revocation", "province", {"reason": "作弊"}),
    ],
)
def test_a_step_out_of_order_is_refused_and_changes_nothing(client, headers, files, path, role, body):
    before = files.get("enrollment-1")
    answer = client.post(f"{FILE}/{path}", json=body, headers=headers[role])
    visible = role == "learner"  # the province does not see a file that has not been reported
    expected = (409, "file.impossible") if visible else (404, "not_found")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert files.get("enrollment-1") == before


def test_a_file_is_confirmed_and_reported_once(client, headers, approved):
    for path, role in (("confirmation", "organisation"), ("report", "learner")):
        answer = client.post(f"{FILE}/{path}", headers=headers[role])
        assert (answer.status_code, answer.json()["code"]) == (409, "file.impossible")
    again = client.post(f"{FILE}/province-decision", json={"approved": True}, headers=headers["province"])
    assert (again.status_code, again.json()["code"]) == (409, "file.impossible")


@pytest.mark.parametrize("who", ["another learner", "another organisation"])
def test_a_foreign_file_is_not_found(client, headers, certificate, files, who):
    before = files.get("enrollment-1")
    path = "report" if "learner" in who else "confirmation"
    answers = [
        client.get(FILE, headers=headers[who]),
        client.get(f"{FILE}/certificate.pdf", headers=headers[who]),
    ]
    answers.append(client.post(f"{FILE}/{path}", headers=headers[who]))
    assert [(it.status_code, it.json()["code"]) for it in answers] == [(404, "not_found")] * 3
    assert client.get("/api/certificate/files", headers=headers[who]).json() == []
    assert files.get("enrollment-1") == before


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("confirmation", {"organisation"}),
        ("report", {"learner"}),
        ("province-decision", {"province"}),
        ("revocation", {"province"}),
    ],
)
def test_each_step_belongs_to_one_role(client, headers, path, roles):
    body = {"approved": True, "reason": "原因"}
    for role in {"learner", "organisation", "province", "auditor"} - roles:
        answer = client.post(f"{FILE}/{path}", json=body, headers=headers[role])
        assert (answer.status_code, answer.json()["code"]) == (403, "role.forbidden")
    assert client.post(f"{FILE}/{path}", json=body).status_code == 401


def test_a_rejection_needs_a_reason(client, headers, files):
    files.update("enrollment-1", lambda it: (it.confirm("staff-1"), it.report()))
    answer = client.post(f"{FILE}/province-decision", json={"approved": False}, headers=headers["province"])
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert files.get("enrollment-1").status == "province_review"


def test_lists_show_each_role_its_own(client, headers, approved):
    for role in ("learner", "organisation", "province"):
        found = client.get("/api/certificate/files", headers=headers[role]).json()
        assert [it["enrollment_id"] for it in found] == ["enrollment-1"]
    wanted = {"status": "reportable"}
    assert client.get("/api/certificate/files", params=wanted, headers=headers["province"]).json() == []


# ---- making the certificate ----


def test_a_repeated_approval_makes_no_second_certificate(client, certificate, files, runtime):
    first = files.get("enrollment-1")
    make(files, runtime)
    assert files.get("enrollment-1") == first


def test_a_crash_after_storing_ends_with_the_same_certificate(client, approved, files, runtime, monkeypatch):
    def crash(*_, **__):
        raise OSError("the process died")

    def stored():
        return {it.object_name for it in runtime.objects(BUCKET)._client.list_objects(BUCKET, recursive=True)}

    files.update("enrollment-1", lambda it: setattr(it, "approved_at", utc_now()))  # like no other test's
    before = stored()
    with monkeypatch.context() as broken:
        broken.setattr(files, "update", crash)
        with pytest.raises(OSError, match="died"):
            make(files, runtime, subprocess.run)
    left_behind = stored() - before
    make(files, runtime, subprocess.run)
    assert left_behind == stored() - before == {files.get("enrollment-1").certificate.object_key}


def test_what_the_store_holds_is_sealed(client, certificate, files, runtime):
    file = files.get("enrollment-1")
    assert b"%PDF" not in runtime.objects(BUCKET).get(file.certificate.object_key)


def test_a_certificate_that_cannot_be_drawn_says_so_without_the_name(
    client, approved, files, runtime, person
):
    unprintable = runtime.keyring.seal_text(person, personal_json(name="\U000f0000\U000f0001"), "certificate")
    files.update("enrollment-1", lambda it: setattr(it, "personal", unprintable))
    with pytest.raises(RenderingFailed) as failure:
        make(files, runtime)
    assert "UnprintableText" in str(failure.value)
    assert "\U000f0000" not in str(failure.value)
    assert files.get("enrollment-1").status == "approved"


# ---- verification ----


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
    answers = [
        verified(client, it).json() for it in (bytes(altered), certificate + b"\n% more", b"no PDF", b"")
    ]
    assert [it["valid"] for it in answers] == [False] * 4
    assert [it["reason"] for it in answers] == ["altered", "extended_after_signing", "not_a_pdf", "not_a_pdf"]
    assert all(it["number"] is None and it["certificate"] is None for it in answers)


def test_a_pdf_that_our_key_signed_but_nobody_issued_is_invalid(client, certificate, runtime, files):
    settings, file = runtime.settings, files.get("enrollment-1")
    signer = CertificateSigner(settings.certificate_key, settings.certificate_cert, settings.font)
    data = certificate_data(file, unseal(runtime.keyring, file), settings.public_url)

    def signed(**changes):
        return signer.issue(TypeAdapter(CertificateData).validate_python(data | changes))

    more_hours = verified(client, signed(elective_seconds=1500)).json()
    assert (more_hours["valid"], more_hours["reason"]) == (False, "hash_differs")
    unknown = verified(client, signed(number="CE2-42-2026-000000000000")).json()
    assert (unknown["valid"], unknown["reason"]) == (False, "unknown_number")
    assert verified(client, signed()).json()["valid"] is True  # the same bytes again


def test_a_revoked_certificate_says_so(client, headers, certificate, approved):
    revoked = client.post(f"{FILE}/revocation", json={"reason": "作弊属实"}, headers=headers["province"])
    assert revoked.json()["status"] == "revoked"
    assert client.get(f"{VERIFICATIONS}/{approved.number}").json()["state"] == "revoked"
    answer = verified(client, certificate).json()
    assert (answer["valid"], answer["reason"], answer["certificate"]["state"]) == (
        False,
        "revoked",
        "revoked",
    )


def test_a_file_that_is_too_large_is_refused(client):
    answer = verified(client, b"%PDF-" + b"0" * 3_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


# ---- storage ----


def test_a_file_is_stored_as_it_is(files, runtime):
    for number, file in enumerate(
        (an_audited_file(), a_file_in(FileStatus.COLLECTING), a_file_in(FileStatus.REVOKED))
    ):
        file.id, file.number = f"stored-{number}", file.number and f"{file.number}-{number}"
        expected = files.to_document(file)
        files.add(file)
        assert files.to_document(files.get(file.id)) == expected | {"sequence": file.sequence}

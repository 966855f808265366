"""Hours records and decisions over HTTP, on real servers (R28–R30)."""

import hashlib

import pytest

from services.certificate.tests.documents import issue

RECORD = "/api/certificate/files/enrollment-1"
MISSING = "/api/certificate/files/no-such-enrollment"


def test_the_way_from_the_audit_to_the_certificate(client, headers, runtime):
    assert client.get(RECORD, headers=headers["learner"]).json()["audit"]["verdict"] == "clean"
    assert client.get(RECORD, headers=headers["province"]).status_code == 404  # not reported yet
    confirmed = client.post(f"{RECORD}/confirmation", headers=headers["organisation"])
    assert confirmed.json()["status"] == "reportable"
    assert client.post(f"{RECORD}/report", headers=headers["learner"]).json()["status"] == "province_review"
    sent_back = {"approved": False, "reason": "请核对第二课"}
    answer = client.post(f"{RECORD}/province-decision", json=sent_back, headers=headers["province"]).json()
    assert (answer["status"], answer["reason"]) == ("organisation_review", "请核对第二课")
    client.post(f"{RECORD}/confirmation", headers=headers["organisation"])
    client.post(f"{RECORD}/report", headers=headers["learner"])
    decided = client.post(f"{RECORD}/province-decision", json={"approved": True}, headers=headers["province"])
    assert decided.json()["status"] == "approved"
    assert client.get(f"{RECORD}/certificate.pdf", headers=headers["learner"]).status_code == 404
    issue(runtime)
    view = client.get(RECORD, headers=headers["learner"]).json()
    pdf = client.get(f"{RECORD}/certificate.pdf", headers=headers["learner"])
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
def test_a_step_out_of_order_is_refused_and_changes_nothing(client, headers, runtime, path, role, body):
    before = runtime.records.get("enrollment-1")
    answer = client.post(f"{RECORD}/{path}", json=body, headers=headers[role])
    visible = role == "learner"  # the province does not see a record that has not been reported
    expected = (409, "file.impossible") if visible else (404, "not_found")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert runtime.records.get("enrollment-1") == before


def test_a_record_is_confirmed_and_reported_once(client, headers, approved):
    for path, role in (("confirmation", "organisation"), ("report", "learner")):
        answer = client.post(f"{RECORD}/{path}", headers=headers[role])
        assert (answer.status_code, answer.json()["code"]) == (409, "file.impossible")
    again = client.post(f"{RECORD}/province-decision", json={"approved": True}, headers=headers["province"])
    assert (again.status_code, again.json()["code"]) == (409, "file.impossible")


@pytest.mark.parametrize("who", ["another learner", "another organisation"])
def test_a_foreign_record_is_not_found(client, headers, certificate, runtime, who):
    before = runtime.records.get("enrollment-1")
    path = "report" if "learner" in who else "confirmation"
    answers = [
        client.get(RECORD, headers=headers[who]),
        client.get(f"{RECORD}/certificate.pdf", headers=headers[who]),
        client.post(f"{RECORD}/{path}", headers=headers[who]),
        client.post(f"{MISSING}/{path}", headers=headers[who]),  # nobody can tell it from a foreign one
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 4
    assert len({(answer.json()["title"], str(answer.json()["facts"])) for answer in answers}) == 1
    assert client.get("/api/certificate/files", headers=headers[who]).json() == []
    assert runtime.records.get("enrollment-1") == before


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
        answer = client.post(f"{RECORD}/{path}", json=body, headers=headers[role])
        assert (answer.status_code, answer.json()["code"]) == (403, "role.forbidden")
    assert client.post(f"{RECORD}/{path}", json=body).status_code == 401


def test_a_rejection_needs_a_reason(client, headers, runtime):
    runtime.records.update("enrollment-1", lambda record: (record.confirm("staff-1"), record.report()))
    answer = client.post(f"{RECORD}/province-decision", json={"approved": False}, headers=headers["province"])
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert runtime.records.get("enrollment-1").status == "province_review"


def test_lists_show_each_role_its_own(client, headers, approved):
    for role in ("learner", "organisation", "province"):
        records = client.get("/api/certificate/files", headers=headers[role]).json()
        assert [record["enrollment_id"] for record in records] == ["enrollment-1"]
    wanted = {"status": "reportable"}
    assert client.get("/api/certificate/files", params=wanted, headers=headers["province"]).json() == []

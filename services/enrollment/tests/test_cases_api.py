"""Cases over HTTP: the province decides, the learner is told and appeals, nobody else knows (R26)."""

import hashlib
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import pytest

from services.enrollment.api import app
from services.enrollment.application import cases as use_cases
from services.enrollment.domain import Status
from services.enrollment.storage import Cases, Enrollments, Plans
from services.enrollment.tests.builders import a_plan, a_studying_enrollment, personal_data, published
from services.enrollment.tests.test_api import an_id_number
from shared.domain.clock import utc_now
from shared.events.enrollment import CaseFact, CaseOpened
from shared.events.envelope import decode
from shared.events.terms import LicenceCategory, Role
from shared.security.keyring import Keyring
from shared.security.receipts import ReceiptSigner
from shared.settings import Settings, read
from testkit.serving import in_process
from testkit.tokens import bearer

API = "/api/enrollment"


@pytest.fixture(scope="module")
def api(servers):
    with in_process(app, servers.env_for("enrollment")) as client:
        yield client


@pytest.fixture(scope="module")
def keyring(servers):
    return Keyring(read(Settings, servers.env_for("enrollment")))


@pytest.fixture(scope="module")
def headers(servers):
    key = servers.stack.credentials.ec_pair("token").private
    return lambda role, account="account-1", **claims: bearer(key, role, account, **claims)


@pytest.fixture
def first(headers):
    return headers(Role.PROVINCE, "province-1")


@pytest.fixture
def other(headers):
    return headers(Role.PROVINCE, "province-2")


@pytest.fixture
def id_number():
    return an_id_number()


@pytest.fixture
def case(api, keyring, id_number):
    """An open case about somebody who studies."""
    person = keyring.person_for(id_number)
    enrollment = Enrollments().add(a_studying_enrollment(id=token_hex(8), person_id=person))
    now = utc_now()
    fact = CaseFact(
        session_id="s1", lesson_id="lesson-1", noted_at=now, counts={"seek_ahead": 20}, points=47,
        event_ids=["event-1"],
    )  # fmt: skip
    opened = CaseOpened(
        case_id=f"case-{token_hex(8)}", enrollment_id=enrollment.id, person_id=person, points=118,
        threshold=100, facts=[fact], decide_by=now + timedelta(hours=72),
    )  # fmt: skip
    use_cases.open_case(Cases(), Enrollments(), published(opened, f"conduct-{enrollment.id}", time=now), now)
    return Cases().get(opened.case_id)


@pytest.fixture
def learner(headers, case):
    return headers(Role.LEARNER, person=case.person_id)


def refused(answer, status, code):
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def confirm(api, case, who, months=6):
    body = {"reason": "反复拖动进度条", "months": months}
    return api.post(f"{API}/cases/{case.id}/confirmation", json=body, headers=who)


def appeal(api, case, who):
    body = {"statement": "我没有作弊, 是网络故障造成的, 请复查."}
    return api.post(f"{API}/own-cases/{case.id}/appeal", json=body, headers=who)


def decide_appeal(api, case, who, won):
    body = {"won": won, "reason": "已复查"}
    return api.post(f"{API}/cases/{case.id}/appeal-decision", json=body, headers=who)


def test_the_province_sees_the_evidence_and_the_learner_sees_it_in_words(api, case, first, learner):
    seen = api.get(f"{API}/cases/{case.id}", headers=first).json()
    assert (seen["points"], seen["facts"][0]["event_ids"], seen["overdue"]) == (118, ["event-1"], False)
    own = api.get(f"{API}/own-cases/{case.id}", headers=learner)
    assert own.json()["status"] == "open"
    assert "20 次进度报告跳过" in own.json()["evidence"][0]
    assert "20 reports skipped" in own.json()["evidence"][0]
    told = own.json()["notice"] + own.json()["evidence"][0]
    assert not any(score in told for score in ("118", "47 ", "seek_ahead"))
    assert not {"points", "facts", "counts"} & set(own.json())


def test_the_whole_way_from_confirmation_to_an_appeal_that_is_won(api, case, first, other, learner):
    assert confirm(api, case, first).json()["status"] == "confirmed"
    assert case.id in {entry["case_id"] for entry in api.get(f"{API}/blacklist", headers=first).json()}
    notice = api.get(f"{API}/own-cases", headers=learner).json()[0]
    assert "黑名单" in notice["notice"]
    assert "appeal" in notice["notice"]
    assert notice["reason"] == "反复拖动进度条"
    assert appeal(api, case, learner).json()["status"] == "appealed"
    assert "我没有作弊" not in str(Cases().rows.find_one({"_id": case.id}))
    assert "我没有作弊" in api.get(f"{API}/cases/{case.id}", headers=other).json()["statement"]
    refused(decide_appeal(api, case, first, True), 403, "case.same_person")
    assert decide_appeal(api, case, other, True).json()["status"] == "overturned"
    assert case.id not in {entry["case_id"] for entry in api.get(f"{API}/blacklist", headers=first).json()}


def test_what_is_impossible_is_refused_and_changes_nothing(api, case, first, other, learner):
    refused(appeal(api, case, learner), 409, "case.impossible")
    refused(decide_appeal(api, case, other, True), 409, "case.impossible")
    refused(confirm(api, case, first, months=5), 422, "case.term_invalid")
    assert Cases().get(case.id) == case
    assert confirm(api, case, first).status_code == 200
    refused(confirm(api, case, first), 409, "case.impossible")
    dismissal = api.post(f"{API}/cases/{case.id}/dismissal", json={"reason": "没有"}, headers=first)
    refused(dismissal, 409, "case.impossible")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PROVINCE}))
def test_only_the_province_may_look_and_decide(api, case, headers, role):
    who = headers(role, person=case.person_id, org="武汉造价协会")
    for path in ("/cases", f"/cases/{case.id}", "/blacklist"):
        refused(api.get(API + path, headers=who), 403, "role.forbidden")
    refused(confirm(api, case, who), 403, "role.forbidden")
    refused(decide_appeal(api, case, who, True), 403, "role.forbidden")
    assert Cases().get(case.id) == case


def test_somebody_elses_case_does_not_exist(api, case, first, headers):
    stranger = headers(Role.LEARNER, person="stranger")
    refused(api.get(f"{API}/own-cases/{case.id}", headers=stranger), 404, "not_found")
    confirm(api, case, first)
    refused(appeal(api, case, stranger), 404, "not_found")
    assert api.get(f"{API}/own-cases", headers=stranger).json() == []


def test_lists_are_paged_and_bounded(api, case, first):
    listed = api.get(f"{API}/cases?status=open", headers=first).json()
    assert len(listed) <= 50
    assert api.get(f"{API}/cases?page=1000", headers=first).json() == []
    assert api.get(f"{API}/cases?overdue=true&status=dismissed", headers=first).json() == []
    refused(api.get(f"{API}/cases?page=99999999999999999999", headers=first), 422, "request.invalid")
    refused(api.get(f"{API}/cases?status=nonsense", headers=first), 422, "request.invalid")


@pytest.fixture
def declaration(servers, id_number):
    signer = ReceiptSigner(Path(servers.stack.credentials.ec_pair("receipt").private))
    receipt = signer.sign(token_hex(16), hashlib.sha256(b"photo").hexdigest(), "level_one", utc_now())
    now = utc_now()
    plan = Plans().add(
        a_plan(
            id=token_hex(8), category=LicenceCategory.LEVEL_ONE, registration_from=now - timedelta(days=1),
            registration_until=now + timedelta(days=1),
        )
    )  # fmt: skip
    personal = vars(personal_data(id_number=id_number)) | {"licence_issued_on": "2022-06-01"}
    more = {"plan_id": plan.id, "category": "level_one", "specialty": "土木建筑", "photo_receipt": receipt}
    return personal | more


def test_a_barred_id_number_declares_for_no_category_and_again_once_the_appeal_is_won(
    api, case, first, other, learner, declaration
):
    confirm(api, case, first)
    use_cases.bar(Enrollments(), _newest(case), utc_now())
    assert Enrollments().get(case.enrollment_id).status is Status.BARRED
    barred = refused(api.post(f"{API}/declarations", json=declaration), 409, "declaration.barred")
    assert "until" in barred["facts"]
    assert Plans().get(declaration["plan_id"]).taken == {}
    appeal(api, case, learner)
    refused(api.post(f"{API}/declarations", json=declaration), 409, "declaration.barred")
    decide_appeal(api, case, other, True)
    assert api.post(f"{API}/declarations", json=declaration).status_code == 201


def _newest(case):
    return decode(Cases().rows.find_one({"_id": case.id})["outbox"][-1]["body"].encode())


def test_a_case_can_be_read_after_its_person_was_erased(api, servers, case, first, learner):
    confirm(api, case, first)
    appeal(api, case, learner)
    Keyring(read(Settings, servers.env_for("identity"))).destroy(case.person_id)
    app.state.runtime.keyring._cache.clear()
    seen = api.get(f"{API}/cases/{case.id}", headers=first)
    assert (seen.status_code, seen.json()["statement"]) == (200, None)

"""Enrolment over HTTP, on real servers: what is refused has a stable code and changes nothing."""

import hashlib
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest

from services.enrollment.api import app
from services.enrollment.domain.id_number import checksum
from services.enrollment.storage import Enrollments, Plans
from services.enrollment.tests.builders import personal_data
from shared.domain.clock import utc_now
from shared.events.terms import Role
from shared.security.receipts import ReceiptSigner
from testkit.serving import in_process
from testkit.tokens import bearer

ORGANISATION = "武汉造价协会"


@pytest.fixture(scope="module")
def keys(servers):
    return servers.stack.credentials


@pytest.fixture(scope="module")
def api(servers):
    with in_process(app, servers.env_for("enrollment")) as client:
        yield client


@pytest.fixture(scope="module")
def staff(keys):
    return bearer(keys.ec_pair("token").private, Role.ORGANISATION, org=ORGANISATION)


@pytest.fixture
def learner(keys):
    return lambda person: bearer(keys.ec_pair("token").private, Role.LEARNER, person=person)


@pytest.fixture(scope="module")
def receipt(keys):
    signer = ReceiptSigner(Path(keys.ec_pair("receipt").private))
    return lambda: signer.sign(token_hex(16), hashlib.sha256(b"photo").hexdigest(), "level_two", utc_now())


def new_plan(**changes):
    now = utc_now()
    times = {
        "registration_from": now - timedelta(days=1),
        "registration_until": now + timedelta(days=1),
        "class_opens_at": now - timedelta(minutes=1),
    }
    return {
        "batch": token_hex(4),
        "category": "level_two",
        "specialty": "土木建筑",
        "course_id": "course-1",
        "seats": 25,
        "fee_fen": 60_000,
        **{name: at.isoformat() for name, at in times.items()},
        **changes,
    }


ID_NUMBERS = count(100_000)


def an_id_number():
    day, number = divmod(next(ID_NUMBERS), 1000)
    first = f"420106{date(1970, 1, 1) + timedelta(days=day):%Y%m%d}{number:03d}"
    return first + checksum(first)


@pytest.fixture
def plan(api, staff):
    return api.post("/api/enrollment/plans", json=new_plan(), headers=staff).json()["plan_id"]


@pytest.fixture
def declaration(plan, receipt):
    personal = vars(personal_data(id_number=an_id_number())) | {"licence_issued_on": "2022-06-01"}
    more = {"plan_id": plan, "category": "level_two", "specialty": "土木建筑", "photo_receipt": receipt()}
    return personal | more


@pytest.fixture
def declared(api, declaration):
    answer = api.post("/api/enrollment/declarations", json=declaration)
    assert answer.status_code == 201, answer.text
    return answer.json()["enrollment_id"]


def refused(answer, status, code):
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def seats_taken(plan):
    return len(Plans().get(plan).taken)


# ---- what works ----


def test_anyone_can_query_plans(api, plan):
    shown = api.get(f"/api/enrollment/plans/{plan}").json()
    assert (shown["organisation"], shown["seats_left"]) == (ORGANISATION, 25)
    listed = api.get("/api/enrollment/plans?specialty=土木建筑").json()
    assert plan in {each["plan_id"] for each in listed}
    assert api.get("/api/enrollment/plans?specialty=公路工程").json() == []


def test_a_declaration_takes_a_seat_and_is_seen_by_its_learner_and_its_organisation(
    api, plan, declared, staff, learner
):
    assert seats_taken(plan) == 1
    person = Enrollments().get(declared).person_id
    for who in (staff, learner(person)):
        assert (
            api.get(f"/api/enrollment/declarations/{declared}", headers=who).json()["status"] == "submitted"
        )


def test_personal_data_is_sealed_in_the_store_and_readable_for_the_reviewer(
    api, declared, staff, declaration
):
    row = str(Enrollments().rows.find_one({"_id": declared}))
    assert declaration["name"] not in row
    assert declaration["id_number"] not in row
    shown = api.get(f"/api/enrollment/declarations/{declared}/personal", headers=staff).json()
    assert shown["name"] == declaration["name"]


def test_a_rejected_declaration_is_corrected_by_its_learner(api, declared, staff, learner, declaration):
    path = f"/api/enrollment/declarations/{declared}"
    api.post(f"{path}/rejection", json={"reason": "手机号有误"}, headers=staff)
    person = learner(Enrollments().get(declared).person_id)
    answer = api.put(path, json=declaration | {"phone": "13900000002"}, headers=person)
    assert (answer.status_code, answer.json()["status"]) == (200, "submitted")
    assert [step["status"] for step in answer.json()["history"]] == ["submitted", "rejected", "submitted"]


def test_each_sees_the_list_of_their_own(api, plan, declared, staff, learner, keys):
    def listed(headers, query=""):
        answer = api.get(f"/api/enrollment/declarations?plan_id={plan}{query}", headers=headers)
        return [view["enrollment_id"] for view in answer.json()]

    other = bearer(keys.ec_pair("token").private, Role.ORGANISATION, org="别的机构")
    person = learner(Enrollments().get(declared).person_id)
    assert listed(staff) == listed(person) == listed(staff, "&status=submitted") == [declared]
    assert listed(staff, "&status=approved") == listed(staff, "&page=2") == []
    assert listed(other) == listed(learner("stranger")) == []


# ---- what is refused ----


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id_number": "420106199001011234"}, "id_number.invalid"),
        ({"phone": "12345"}, "declaration.field_invalid"),
        ({"specialty": "安装工程"}, "plan.mismatch"),
        ({"photo_receipt": "x.y.z"}, "photo.receipt_invalid"),
        ({"name": None}, "request.invalid"),
    ],
)
def test_a_wrong_declaration_is_refused_and_takes_no_seat(api, plan, declaration, change, code):
    refused(api.post("/api/enrollment/declarations", json=declaration | change), 422, code)
    assert seats_taken(plan) == 0


def test_a_second_declaration_is_refused_and_takes_no_seat(api, plan, declared, declaration, receipt):
    """One specialty at a time (R6)."""
    again = declaration | {"photo_receipt": receipt()}
    refused(api.post("/api/enrollment/declarations", json=again), 409, "declaration.second")
    assert seats_taken(plan) == 1


@pytest.mark.parametrize(
    "change", [{"fee_fen": 2**63}, {"fee_fen": 2**80}, {"policy": {"hour_seconds": 2**80}}]
)
def test_a_number_that_no_database_holds_is_refused(api, staff, change):
    refused(api.post("/api/enrollment/plans", json=new_plan(**change), headers=staff), 422, "request.invalid")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_does_not_have_is_refused(api, staff, time):
    plan = new_plan(registration_from=time)
    refused(api.post("/api/enrollment/plans", json=plan, headers=staff), 422, "request.invalid")


def test_malformed_json_is_refused(api):
    answer = api.post(
        "/api/enrollment/declarations", content=b"{", headers={"content-type": "application/json"}
    )
    refused(answer, 400, "json.malformed")


def test_an_oversize_body_is_refused(api):
    refused(api.post("/api/enrollment/declarations", content=b"x" * 100_001), 413, "body.too_large")


def test_an_oversize_body_without_a_length_is_refused(api):
    chunks = (b"x" * 50_000 for _ in range(3))
    headers = {"content-type": "application/json"}
    refused(api.post("/api/enrollment/declarations", content=chunks, headers=headers), 413, "body.too_large")


@pytest.mark.parametrize("claims", [{"exp": 1}, {"exp": None}, {"iss": "somebody"}, {"role": "emperor"}])
def test_a_token_that_is_not_valid_is_refused(api, declared, keys, claims):
    headers = bearer(keys.ec_pair("token").private, Role.ORGANISATION, org=ORGANISATION, **claims)
    answer = api.post(f"/api/enrollment/declarations/{declared}/approval", headers=headers)
    refused(answer, 401, "token.invalid")
    assert Enrollments().get(declared).status == "submitted"


def test_a_token_signed_by_somebody_else_is_refused(api, declared, keys):
    headers = bearer(keys.ec_pair("receipt").private, Role.ORGANISATION, org=ORGANISATION)
    refused(api.get(f"/api/enrollment/declarations/{declared}", headers=headers), 401, "token.invalid")


def test_without_a_token_nothing_personal_is_shown(api, declared):
    refused(api.get(f"/api/enrollment/declarations/{declared}"), 401, "token.invalid")


def test_a_learner_may_not_do_what_staff_does(api, declared, learner):
    answer = api.post(f"/api/enrollment/declarations/{declared}/approval", headers=learner("person"))
    refused(answer, 403, "role.forbidden")


def test_a_foreign_declaration_does_not_exist_for_others(api, declared, keys, learner):
    other = bearer(keys.ec_pair("token").private, Role.ORGANISATION, org="别的机构")
    path = f"/api/enrollment/declarations/{declared}"
    for method, more, who in (
        ("GET", "", other), ("POST", "/approval", other), ("GET", "", learner("stranger")),
        ("GET", "/personal", learner("stranger")),
    ):  # fmt: skip
        refused(api.request(method, path + more, headers=who), 404, "not_found")
    assert Enrollments().get(declared).status == "submitted"


def test_a_correction_by_somebody_else_or_for_another_person_changes_nothing(
    api, declared, learner, declaration
):
    before = Enrollments().get(declared)
    another_person = declaration | {"id_number": an_id_number()}
    assert api.post("/api/enrollment/declarations", json=another_person).status_code == 201
    for content, headers in (
        (declaration, learner("stranger")), (declaration | {"phone": "1"}, learner("stranger")),
        (another_person, learner(before.person_id)),
        (declaration | {"id_number": an_id_number()}, learner(before.person_id)),
    ):  # fmt: skip
        answer = api.put(f"/api/enrollment/declarations/{declared}", json=content, headers=headers)
        refused(answer, 404, "not_found")
    assert Enrollments().get(declared) == before


def test_a_withdrawal_by_somebody_else_changes_nothing(api, declared, learner):
    path = f"/api/enrollment/declarations/{declared}/withdrawal"
    refused(api.post(path, json={"reason": "不学了"}, headers=learner("stranger")), 404, "not_found")
    assert Enrollments().get(declared).status == "submitted"


def test_what_is_impossible_in_this_state_is_refused(api, declared, staff):
    path = f"/api/enrollment/declarations/{declared}"
    assert api.post(f"{path}/approval", headers=staff).status_code == 200
    before = Enrollments().get(declared)
    refused(api.post(f"{path}/approval", headers=staff), 409, "enrollment.impossible")
    refused(
        api.post(f"{path}/rejection", json={"reason": "晚了"}, headers=staff), 409, "enrollment.impossible"
    )
    assert Enrollments().get(declared) == before


def test_a_full_plan_is_refused(api, staff, declaration):
    full = api.post("/api/enrollment/plans", json=new_plan(seats=1), headers=staff).json()["plan_id"]
    first = declaration | {"plan_id": full}
    assert api.post("/api/enrollment/declarations", json=first).status_code == 201
    second = first | {"id_number": an_id_number()}
    refused(api.post("/api/enrollment/declarations", json=second), 409, "plan.full")
    assert seats_taken(full) == 1


def test_a_plan_needs_organisation_staff(api, learner):
    refused(api.post("/api/enrollment/plans", json=new_plan(), headers=learner("p")), 403, "role.forbidden")
    refused(api.post("/api/enrollment/plans", json=new_plan()), 401, "token.invalid")

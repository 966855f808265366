"""Outages over HTTP: operators record them, staff see them, learners are told (R9)."""

from datetime import timedelta
from secrets import token_hex

import pytest

from services.enrollment.api import app
from services.enrollment.storage import Outages
from shared.domain.clock import utc_now
from shared.events.terms import Role
from testkit.serving import in_process
from testkit.tokens import bearer

PATH = "/api/enrollment/outages"


@pytest.fixture(scope="module")
def api(servers):
    with in_process(app, servers.env_for("enrollment")) as client:
        yield client


@pytest.fixture(scope="module")
def headers(servers):
    key = servers.stack.credentials.ec_pair("token").private
    return lambda role, **claims: bearer(key, role, **claims)


def an_outage(**changes):
    now = utc_now()
    return {
        "component": "learning",
        "reason": token_hex(4),
        "began_at": (now - timedelta(hours=2)).isoformat(),
        "ended_at": (now - timedelta(hours=1)).isoformat(),
        **changes,
    }


def refused(answer, status, code):
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_an_operator_records_an_outage_and_ends_another(api, headers):
    operator = headers(Role.OPERATOR)
    recorded = api.post(PATH, json=an_outage(), headers=operator)
    assert (recorded.status_code, recorded.json()["source"]) == (201, "operator"), recorded.text
    going_on = api.post(PATH, json=an_outage(ended_at=None), headers=operator).json()
    assert going_on["ended_at"] is None
    ended = api.post(f"{PATH}/{going_on['outage_id']}/end", json={}, headers=operator)
    assert ended.json()["ended_at"] is not None
    again = api.post(f"{PATH}/{going_on['outage_id']}/end", json={}, headers=operator)
    refused(again, 409, "outage.over")


def test_times_that_cannot_be_are_refused_and_nothing_is_recorded(api, headers):
    before = Outages().rows.count_documents({})
    ahead = (utc_now() + timedelta(hours=1)).isoformat()
    for change in ({"began_at": ahead}, {"ended_at": ahead}, {"began_at": "2020-01-01T00:00:00Z"}):
        answer = api.post(PATH, json=an_outage(**change), headers=headers(Role.OPERATOR))
        refused(answer, 422, "outage.times_invalid")
    assert Outages().rows.count_documents({}) == before


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
def test_only_operators_record_outages(api, headers, role):
    refused(api.post(PATH, json=an_outage(), headers=headers(role)), 403, "role.forbidden")


def test_staff_see_the_list_and_learners_a_notice_in_both_languages(api, headers):
    api.post(PATH, json=an_outage(), headers=headers(Role.OPERATOR))
    assert api.get(PATH, headers=headers(Role.ORGANISATION, org="机构")).json()[0]["component"] == "learning"
    learner = headers(Role.LEARNER, person="person-1")
    refused(api.get(PATH, headers=learner), 403, "role.forbidden")
    notice = api.get(f"{PATH}/notices", headers=learner).json()[0]
    assert "学习期" in notice["text"]
    assert "extended" in notice["text"]
    assert "reason" not in notice


def test_lists_are_paged(api, headers):
    answer = api.get(f"{PATH}?page=1000", headers=headers(Role.OPERATOR))
    assert answer.json() == []
    refused(api.get(f"{PATH}?page=0", headers=headers(Role.OPERATOR)), 422, "request.invalid")

"""What an auditor sees over HTTP, on the real database."""

import hashlib

import pytest

from services.audit.api import app
from services.audit.domain import EntryFilter
from services.audit.storage.documents import EntryDocument
from services.audit.tests.studies import COURSE, altered, study_bodies
from testkit.serving import in_process

TRACE = hashlib.md5(b"enrollment-1").hexdigest()


@pytest.fixture
def client(log, environment, headers_of):
    with in_process(app, environment) as client:
        client.headers.update(headers_of("auditor"))
        yield client


@pytest.fixture
def study(log):
    log.append(list(enumerate(study_bodies())))
    return log


def test_the_trail_is_in_order_and_paged(client, study):
    seen, after = [], 0
    while after is not None:
        page = client.get(
            "/api/audit/trail", params={"enrollment_id": "enrollment-1", "after": after, "limit": 7}
        ).json()
        seen, after = seen + page["entries"], page["next_after"]
    positions = [entry["position"] for entry in seen]
    assert positions == sorted(positions)
    assert len(positions) == len(list(study.matching(EntryFilter(enrollment_id="enrollment-1"))))
    assert {entry["envelope"]["data"]["enrollment_id"] for entry in seen} == {"enrollment-1"}


@pytest.mark.parametrize(
    ("column", "value"), [("person_id", "person-1"), ("trace_id", TRACE), ("subject", "course-1")]
)
def test_the_trail_is_found_by(client, study, column, value):
    entries = client.get("/api/audit/trail", params={column: value, "limit": 1000}).json()["entries"]
    assert len(entries) == len(list(study.matching(EntryFilter(**{column: value})))) > 0


def test_hours_match_what_was_published(client, study):
    answer = client.get("/api/audit/hours/enrollment-1").json()
    assert answer["match"] is True
    assert answer["discrepancies"] == []
    assert (answer["compulsory_ms"], answer["elective_ms"], answer["hour_seconds"]) == (60_000, 60_000, 60)
    whole = [[0, COURSE.lesson_ms]]
    assert [lesson["intervals"] for lesson in answer["lessons"]] == [whole, whole]


def test_hours_that_were_not_earned_are_named(client, log):
    bodies = altered(study_bodies(), "learning.lesson.completed.v1", credited_ms=59_000)
    log.append(list(enumerate(bodies)))
    answer = client.get("/api/audit/hours/enrollment-1").json()
    assert answer["match"] is False
    assert {fault["lesson_id"] for fault in answer["discrepancies"]} >= {"course-1-0"}
    assert all(fault["code"] and fault["says"] and fault["event_ids"] for fault in answer["discrepancies"])


def test_an_enrolment_that_the_log_does_not_know_is_not_found(client, log):
    answer = client.get("/api/audit/hours/enrollment-1")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_log_verifies_in_parts(client, study):
    whole = client.get("/api/audit/log").json()
    assert (whole["verified"], whole["complete"], whole["verified_to"]) == (True, True, whole["events"])
    part = client.get("/api/audit/log", params={"after": 3, "limit": 5}).json()
    assert (part["verified"], part["verified_from"], part["verified_to"], part["complete"]) == (
        True,
        4,
        8,
        False,
    )
    assert client.get("/api/audit/log", params={"after": 10_000}).status_code == 404


def test_a_changed_log_does_not_verify(client, study):
    EntryDocument._get_collection().update_one({"_id": 9}, {"$set": {"body": b"{}"}})
    answer = client.get("/api/audit/log").json()
    assert (answer["verified"], answer["broken_at"], answer["reason"]) == (False, 9, "hash")


def test_an_empty_log_verifies(client, log):
    answer = client.get("/api/audit/log").json()
    assert (answer["events"], answer["verified"], answer["head_hash"]) == (0, True, "0" * 64)


@pytest.mark.parametrize("path", ["trail", "hours/enrollment-1", "log"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("learner", 403), ("organisation", 403), ("province", 403), ("operator", 200), (None, 401)],
)
def test_only_auditors_and_operators_look(client, study, headers_of, path, role, status):
    headers = headers_of(role) if role else {"Authorization": ""}
    assert client.get(f"/api/audit/{path}", headers=headers).status_code == status


@pytest.mark.parametrize("number", ["163786687225965517471744", "9223372036854775808", "-1", "1e3", ""])
@pytest.mark.parametrize("query", ["trail?after=", "trail?limit=", "log?after=", "log?limit="])
def test_a_number_beyond_its_bounds_is_refused(client, log, query, number):
    answer = client.get(f"/api/audit/{query}{number}")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")

"""The discrepancy report of an enrolment: derived beside published, and what shows each fault (R31)."""

import json

import pytest

from services.audit.api import app, rule_words
from services.audit.application.report import PER_PAGE
from services.audit.domain.rule import RULES
from services.audit.tests.studies import altered, id_of, study_bodies, type_of
from testkit.serving import in_process

COMPLETED = "learning.lesson.completed.v1"


@pytest.fixture
def client(log, environment, headers_of):
    with in_process(app, environment) as client:
        client.headers.update(headers_of("auditor"))
        yield client


@pytest.fixture
def report_of(client, log):
    """The report of a log of these bodies."""

    def report(bodies, **query):
        log.append(list(enumerate(bodies)))
        return client.get("/api/audit/enrollments/enrollment-1/report", params=query).json()

    return report


def test_an_honest_study_is_borne_out(report_of, log):
    bodies = study_bodies()
    report = report_of(bodies)
    assert (report["agrees"], report["discrepancies"], report["discrepancies_total"]) == (True, [], 0)
    assert report["conclusion"] == {
        "zh": "日志证实公布的全部学时", "en": "The log bears out all that was published",
    }  # fmt: skip
    derived, published = report["derived"], report["published"]
    assert (derived["compulsory_ms"], derived["elective_ms"], derived["verdict"]) == (60_000, 60_000, "clean")
    assert (published["compulsory_ms"], published["elective_ms"]) == (60_000, 60_000)
    assert published["study_event_id"] == id_of(bodies[-1])
    assert published["verdict"] is None
    for lesson in report["lessons"]:
        assert (lesson["derived_ms"], lesson["published_ms"], lesson["same"]) == (60_000, 60_000, True)
    assert len(report["lessons"]) == 2
    assert (report["log_position"], report["head_hash"]) == (log.head().position, log.head().hash)


def test_a_fraud_is_named_with_its_rule_in_two_languages_and_its_events_whole(report_of):
    bodies = altered(study_bodies(), COMPLETED, credited_ms=59_000)
    report = report_of(bodies)
    assert report["agrees"] is False
    assert report["conclusion"]["zh"].startswith("日志不能证实公布的学时")
    by_id = {id_of(body): json.loads(body) for body in bodies}
    for fault in report["discrepancies"]:
        assert fault["rule"]["zh"] == rule_words.CHINESE[fault["code"]]
        assert fault["rule"]["en"] == RULES[fault["code"]].says
        assert fault["numbers"] == list(RULES[fault["code"]].numbers)
        assert [event["event_id"] for event in fault["events"]] == fault["event_ids"]
        assert [event["envelope"] for event in fault["events"]] == [by_id[id] for id in fault["event_ids"]]
    lesson = report["lessons"][0]
    assert (lesson["derived_ms"], lesson["published_ms"], lesson["same"]) == (60_000, 59_000, False)
    assert lesson["event_id"] in {id for fault in report["discrepancies"] for id in fault["event_ids"]}


def test_every_rule_of_the_auditor_has_chinese_words():
    assert RULES.keys() - rule_words.CHINESE.keys() == set()


def test_a_long_report_comes_in_pages(report_of, client):
    bodies = study_bodies()
    late = next(body for body in bodies if type_of(body) == "learning.session.ended.v1")
    for number in range(PER_PAGE + 3):
        bodies.append(json.dumps({**json.loads(late), "id": f"again-{number}"}).encode())
    first = report_of(bodies)
    assert len(first["discrepancies"]) == PER_PAGE
    pages = [
        client.get("/api/audit/enrollments/enrollment-1/report", params={"page": page + 1}).json()
        for page in range(first["pages"])
    ]
    assert sum(len(page["discrepancies"]) for page in pages) == first["discrepancies_total"] > PER_PAGE
    assert all(len(fault["events"]) <= 50 for page in pages for fault in page["discrepancies"])


def test_an_enrolment_that_the_log_does_not_know_is_not_found(client, log):
    answer = client.get("/api/audit/enrollments/enrollment-1/report")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_page_beyond_its_bounds_is_refused(client, log):
    for page in ("0", "1001", "163786687225965517471744"):
        answer = client.get(f"/api/audit/enrollments/enrollment-1/report?page={page}")
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")

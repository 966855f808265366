"""One learner from declaration to certificate, on the real system, through the gateway."""

import json

import httpx
import pika
import pytest
from pymongo import MongoClient
from pypdf import PdfReader

from services import SERVICES
from shared.messaging import topology
from testkit.actors import cast
from testkit.actors.client import Refusal
from testkit.waiting import eventually

pytestmark = pytest.mark.timeout(400)
OF_THE_CARD = {
    "enrollment.declaration.submitted.v1",
    "payment.fee.confirmed.v1",
    "learning.lesson.completed.v1",
    "proctor.check.failed.v1",
    "certificate.hours.audited.v1",
}


def trail(journey, **where):
    return journey.auditor.client.get("/api/audit/trail", limit=1000, **where)["entries"]


def types(entries):
    return [entry["type"] for entry in entries]


def test_the_journey_ends_with_a_certificate_that_anyone_can_verify(journey):
    assert journey.certificate["valid"]


def test_the_auditor_derives_the_same_hours_from_the_log_alone(journey):
    assert journey.hours_match
    hours = journey.audited
    assert hours["discrepancies"] == []
    for kind in ("compulsory_ms", "elective_ms"):
        assert 13_000 <= hours[kind] <= 15_000, "all but a slack of 2 s (R24)"


def test_the_events_of_the_card_are_in_the_log(journey):
    assert set(types(trail(journey, enrollment_id=journey.learner.enrollment_id))) >= OF_THE_CARD


def test_what_a_step_caused_carries_its_trace_through_every_service(journey):
    paid = next(step for step in journey.steps if step.english.startswith("learner pays"))
    assert types(trail(journey, trace_id=paid.trace_id)) == [
        "payment.order.opened.v1",
        "payment.fee.confirmed.v1",
        "enrollment.learning.opened.v1",
    ]


def test_the_enrolment_ends_certified(journey):
    path = f"/api/enrollment/declarations/{journey.learner.enrollment_id}"

    def certified():
        return journey.learner.client.get(path)["status"] == "certified"

    assert eventually(certified)


def test_the_log_is_an_unbroken_chain(journey):
    log = journey.auditor.client.get("/api/audit/log")
    assert (log["verified"], log["complete"]) == (True, True)


def test_the_certificate_is_one_page_that_says_so_in_chinese(journey):
    (page,) = PdfReader(journey.certificate["path"]).pages
    text = page.extract_text()
    assert "继续教育合格证书" in text
    assert cast.LEARNER.name in text
    assert cast.LEARNER.id_number not in text


def test_no_log_line_holds_personal_data(journey, stack):
    secret = (cast.LEARNER.name, cast.LEARNER.id_number, cast.LEARNER.phone, cast.LEARNER.email)
    for name in stack.supervisor.programs:
        if name not in ("sms", "wechatpay"):
            leaked = [value for value in secret if value in stack.log(name)]
            assert not leaked, f"{name} logged {leaked}"


def test_no_event_holds_personal_data(journey):
    log = json.dumps(trail(journey, enrollment_id=journey.learner.enrollment_id), ensure_ascii=False)
    assert cast.LEARNER.name not in log
    assert cast.LEARNER.id_number not in log


def test_nothing_is_left_unsent_and_nothing_is_dead(journey, stack):
    eventually(lambda: unsent(stack) == {})
    assert dead(stack) == {}


def test_every_process_says_how_it_is_and_what_it_measured(journey, stack):
    ours = [name for name in stack.supervisor.programs if name.endswith(("-api", "-events", "-worker"))]
    assert len(ours) == 2 * len(SERVICES) + 2  # the face worker, and the one that copies videos
    for name in ours:
        for path in ("/healthz", "/readyz", "/metrics"):
            answer = httpx.get(stack.address(name) + path)
            assert answer.status_code == 200, (name, path)
        assert "xueshi_" in answer.text, name


def test_the_gateway_shows_each_services_openapi_and_no_probe(journey, stack):
    page = httpx.get(f"{stack.url}/api").text
    for service in SERVICES:
        assert f"/api/{service}/" in page
        assert httpx.get(f"{stack.url}/api/{service}/openapi.json").json()["openapi"].startswith("3.")
        assert httpx.get(f"{stack.url}/api/{service}/metrics").status_code == 404
    assert httpx.get(f"{stack.url}/metrics").status_code == 404


def test_staff_pages_are_closed_to_the_learner(journey):
    for path in ("/api/audit/log", f"/api/audit/hours/{journey.learner.enrollment_id}"):
        with pytest.raises(Refusal) as refusal:
            journey.learner.client.get(path)
        assert (refusal.value.status, refusal.value.code) == (403, "role.forbidden")


def unsent(stack):
    """Committed events that wait in an outbox, by service."""
    counts = {}
    for service in SERVICES:
        with MongoClient(stack.env_for(service)["XUESHI_MONGO_URI"]) as client:
            database = client.get_default_database()
            sizes = [
                database[name].count_documents({"outbox.at": {"$exists": True}})
                for name in database.list_collection_names()
            ]
        if any(sizes):
            counts[service] = sum(sizes)
    return counts


def dead(stack):
    """Dead letters, by service."""
    counts = {}
    with pika.BlockingConnection(pika.URLParameters(stack.env_for("audit")["XUESHI_AMQP_URI"])) as connection:
        for service in SERVICES:
            channel = connection.channel()
            try:
                count = channel.queue_declare(topology.dead(service).name, passive=True).method.message_count
            except pika.exceptions.ChannelClosedByBroker:
                continue  # audit subscribes to nothing: it reads the log
            if count:
                counts[service] = count
    return counts

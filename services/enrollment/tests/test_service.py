"""The events process as it is deployed, which dies and starts again: real broker, real database (R9, R26)."""

from contextlib import ExitStack
from secrets import token_hex

import pika
import pytest

from services.enrollment.application.cases import CaseDecisions
from services.enrollment.domain import Status
from services.enrollment.domain.cheating import CheatingPolicy
from services.enrollment.domain.conduct import id_of
from services.enrollment.storage import Cases, Conducts, Enrollments, HealthWatches, Outages
from services.enrollment.tests.builders import a_studying_enrollment, an_enrollment, published
from services.enrollment.tests.conduct import batch
from shared.crash_points import KILLED
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.eventlog.topology import events_exchange
from shared.events.envelope import encode
from shared.events.terms import Role
from testkit.service_process import Process, nameko, running
from testkit.waiting import eventually

pytestmark = pytest.mark.usefixtures("database")
SERVICE = "services.enrollment.service"
SECONDS = 40.0
enrollments, conducts, cases = Enrollments(), Conducts(), Cases()


@pytest.fixture
def environment(servers, database):
    """Nothing of other tests is left, and nothing else runs that could answer: health is not watched."""
    for repository in (enrollments, conducts, cases, Outages(), HealthWatches()):
        repository.rows.delete_many({})
    return servers.env_for("enrollment") | {"XUESHI_HEALTH_URLS": ""}


@pytest.fixture
def publish(environment):
    """Publishes as the relay of learning does."""
    connection = pika.BlockingConnection(pika.URLParameters(environment["XUESHI_AMQP_URI"]))
    channel = connection.channel()
    channel.confirm_delivery()

    def send(*events):
        for event in events:
            exchange = events_exchange(event.published.source)
            channel.basic_publish(exchange, event.TYPE, encode(event).encode(), mandatory=True)

    yield send
    connection.close()


@pytest.fixture
def studying(environment):
    """Its window is open now."""
    now = utc_now()
    enrollment = an_enrollment(id=token_hex(8), person_id=token_hex(8), class_opens_at=now)
    enrollment.approve("staff", now)
    enrollment.confirm_payment(60_000, now)
    return enrollments.add(enrollment)


def cheating(enrollment):
    who = {"enrollment_id": enrollment.id, "person_id": enrollment.person_id}
    return [
        published(batch({"seek_ahead": 20}, session=f"s{n}", **who), token_hex(8), time=utc_now())
        for n in range(3)
    ]


def status_of(enrollment):
    return enrollments.get(enrollment.id).status


def case_of(enrollment):
    try:
        return cases.get(conducts.get(id_of(enrollment.id)).case_id or "")
    except NotFound:
        return None


@pytest.mark.timeout(200)
def test_two_processes_one_of_which_dies_open_one_case_and_follow_its_decision(
    environment, publish, studying
):
    with ExitStack() as stack:
        stack.enter_context(running(nameko(SERVICE), environment))
        dying = Process(nameko(SERVICE), environment | {"XUESHI_CRASH_AT": "after-handle-before-ack:2"}, None)
        stack.callback(dying.kill)
        dying.await_ready()
        publish(*cheating(studying), *cheating(studying))
        case = eventually(lambda: case_of(studying), SECONDS)
        assert status_of(studying) is Status.SUSPENDED
        decisions = CaseDecisions(cases=cases, keyring=None, policy=CheatingPolicy())
        officer = Principal(account_id="province-1", role=Role.PROVINCE)
        decisions.dismiss(case.id, officer, "网络故障", utc_now())
        eventually(lambda: status_of(studying) is Status.ACTIVE, SECONDS)
        eventually(lambda: conducts.get(id_of(studying.id)).case_id is None, SECONDS)
    assert dying.status in (None, KILLED, -9)
    history = [step.status for step in enrollments.get(studying.id).history]
    assert history[-3:] == [Status.ACTIVE, Status.SUSPENDED, Status.ACTIVE]
    found = enrollments.get(studying.id)
    [pause] = found.pauses
    assert found.closes_at - studying.closes_at == pause.ended_at - pause.began_at


@pytest.mark.timeout(200)
def test_windows_expire_and_what_was_away_extends_the_others(environment, studying):
    """Three processes, one after the other: the second finds learning away, the third finds it back."""
    over = enrollments.add(a_studying_enrollment(id=token_hex(8), person_id=token_hex(8)))
    with running(nameko(SERVICE), environment):
        eventually(lambda: status_of(over) is Status.EXPIRED, SECONDS)
    short = {"XUESHI_OUTAGE_SHORTEST_SECONDS": "1"}
    away = {"XUESHI_HEALTH_URLS": "learning=http://127.0.0.1:9/readyz"}
    with running(nameko(SERVICE), environment | short | away):
        eventually(lambda: Outages().is_under_way(), SECONDS)
    with running(nameko(SERVICE), environment | short):
        eventually(lambda: enrollments.get(studying.id).closes_at > studying.closes_at, SECONDS)
    [outage] = Outages().newest(1)
    began_at = max(outage.began_at, studying.active_since)
    assert outage.component == "learning"
    assert enrollments.get(studying.id).closes_at - studying.closes_at == outage.ended_at - began_at

"""The events process as it is deployed: real broker, real database, real store, real PDF."""

import random

import pika
import pytest

from services.certificate.adapters.pdf_verification import verify_pdf
from services.certificate.domain import RecordStatus
from services.certificate.tests.builders import NOW, Study, personal_json
from shared.eventlog.topology import events_exchange
from shared.events.envelope import encode
from testkit.processes import nameko, running
from testkit.waiting import eventually

DEADLINE = 40.0


class Broker:
    """Publishes as the other services' relays do."""

    def __init__(self, uri):
        self._connection = pika.BlockingConnection(pika.URLParameters(uri))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()

    def publish(self, *events):
        for event in events:
            exchange = events_exchange(event.published.source)
            self._channel.basic_publish(exchange, event.TYPE, encode(event).encode(), mandatory=True)

    def close(self):
        self._connection.close()


@pytest.fixture
def broker(environment):
    broker = Broker(environment["XUESHI_AMQP_URI"])
    yield broker
    broker.close()


@pytest.mark.timeout(150)
def test_from_the_declaration_to_the_signed_certificate(runtime, person, broker, environment):
    records, study = runtime.records, Study(person=person, automatic_confirmation=True)
    sealed = runtime.keyring.seal_text(person, personal_json(), "declaration")
    with running(nameko("services.certificate.service"), environment):
        broker.publish(study.verified)  # before there is a record
        broker.publish(study.declared(sealed))
        eventually(lambda: records.find(_id="enrollment-1"), DEADLINE)
        events = [event for event in study.events if event is not study.verified]
        random.Random(7).shuffle(events)
        broker.publish(*events, *events[:4])
        eventually(lambda: records.get("enrollment-1").status is RecordStatus.REPORTABLE, DEADLINE)
        records.update("enrollment-1", lambda record: (record.report(), record.approve("province-1", NOW)))
        eventually(lambda: records.get("enrollment-1").certificate, DEADLINE)
    record = records.get("enrollment-1")
    pdf = runtime.certificates.get_sealed(person, record.certificate.object_key)
    assert verify_pdf(pdf, *runtime.trusted).number == record.number

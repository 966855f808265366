"""The events process as it is deployed: real broker, real database, real store, real PDF."""

import random

import pika
import pytest
from cryptography import x509

from services.certificate.adapters import verify_pdf
from services.certificate.domain import FileStatus
from services.certificate.storage import BUCKET, HoursFiles
from services.certificate.tests.builders import NOW, Study, personal_json
from shared.eventlog.topology import events_exchange
from shared.events.envelope import encode
from testkit.service_process import nameko, running
from testkit.waiting import eventually

DEADLINE = 40.0


class Broker:
    """Publishes as the other services' relays do."""

    def __init__(self, uri):
        self._connection = pika.BlockingConnection(pika.URLParameters(uri))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()

    def publish(self, *events):
        for it in events:
            exchange = events_exchange(it.published.source)
            self._channel.basic_publish(exchange, it.TYPE, encode(it).encode(), mandatory=True)

    def close(self):
        self._connection.close()


@pytest.fixture
def broker(environment):
    broker = Broker(environment["XUESHI_AMQP_URI"])
    yield broker
    broker.close()


@pytest.mark.timeout(150)
def test_from_the_declaration_to_the_signed_certificate(runtime, person, broker, environment):
    files, study = HoursFiles(), Study(person=person, automatic_confirmation=True)
    sealed = runtime.keyring.seal_text(person, personal_json(), "declaration")
    with running(nameko("services.certificate.service"), environment):
        broker.publish(study.verified)  # before there is a file
        broker.publish(study.declared(sealed))
        eventually(lambda: files.find(_id="enrollment-1"), DEADLINE)
        facts = [it for it in study.facts if it is not study.verified]
        random.Random(7).shuffle(facts)
        broker.publish(*facts, *facts[:4])
        eventually(lambda: files.get("enrollment-1").status is FileStatus.REPORTABLE, DEADLINE)
        files.update("enrollment-1", lambda it: (it.report(), it.approve("province-1", NOW)))
        eventually(lambda: files.get("enrollment-1").certificate, DEADLINE)
    file = files.get("enrollment-1")
    pdf = runtime.objects(BUCKET).get_sealed(person, file.certificate.object_key)
    trusted = x509.load_pem_x509_certificate(runtime.settings.certificate_cert.read_bytes())
    assert verify_pdf(pdf, trusted).number == file.number

"""The events process as it is deployed: real broker, real database, real store, real PDF."""

import os
import random
import subprocess
import time
from contextlib import contextmanager

import pika
import pytest
from cryptography import x509

from deploy.local import environments
from deploy.local.fixtures import TEST_NAMESPACE
from deploy.local.layout import ENVIRONMENT, REPOSITORY
from deploy.local.programs import answers
from services.certificate.adapters import verify_pdf
from services.certificate.domain import FileStatus
from services.certificate.storage import BUCKET, HoursFiles
from services.certificate.tests.builders import NOW, Study, personal_json
from shared.messaging.envelope import encode
from shared.messaging.topology import events_exchange

DEADLINE = 40.0


@contextmanager
def events_process(environment):
    """`nameko run services.certificate.service`."""
    command = [str(ENVIRONMENT / "nameko"), "run", "services.certificate.service"]
    process = subprocess.Popen(command, cwd=REPOSITORY, env={"PATH": os.environ["PATH"], **environment})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition, what):
    """Wait for what another process does."""
    deadline = time.monotonic() + DEADLINE
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)  # between two questions
    return found


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
def test_from_the_declaration_to_the_signed_certificate(runtime, person, broker, servers):
    environment = environments.events(servers.stack.site, "certificate", TEST_NAMESPACE)
    ready = answers(f"http://127.0.0.1:{environment['XUESHI_ADMIN_PORT']}/readyz")
    files, study = HoursFiles(), Study(person=person, automatic_confirmation=True)
    sealed = runtime.keyring.seal_text(person, personal_json(), "declaration")
    with events_process(environment):
        until(ready, "the service is not ready")
        broker.publish(study.verified)  # before there is a file
        broker.publish(study.declared(sealed))
        until(lambda: files.find(_id="enrollment-1"), "no file was opened")
        facts = [it for it in study.facts if it is not study.verified]
        random.Random(7).shuffle(facts)
        broker.publish(*facts, *facts[:4])
        until(lambda: files.get("enrollment-1").status is FileStatus.REPORTABLE, "the hours were not audited")
        files.update("enrollment-1", lambda it: (it.report(), it.approve("province-1", NOW)))
        until(lambda: files.get("enrollment-1").certificate, "no certificate was made")
    file = files.get("enrollment-1")
    pdf = runtime.objects(BUCKET).get_sealed(person, file.certificate.object_key)
    trusted = x509.load_pem_x509_certificate(runtime.settings.certificate_cert.read_bytes())
    assert verify_pdf(pdf, trusted).number == file.number

"""Audit on the real servers: an empty log, an empty stream, tokens of a test's own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pika
import pytest
from mongoengine.connection import get_db

from services.audit.adapters.event_stream import EventStream
from services.audit.application.recording import Recorder
from services.audit.storage import EventLog
from shared.eventlog.topology import LOG_ARGUMENTS, LOG_STREAM
from shared.events.terms import Role
from shared.persistence.connection import connect, disconnect
from shared.settings import ServiceSettings, read
from testkit.fixtures import TEST_NAMESPACE
from testkit.servers import environments
from testkit.service_process import nameko, running
from testkit.tokens import bearer

DERIVATION = ("study_audits", "cursors", "finder_lease", "handled")


@pytest.fixture(scope="session")
def environment(servers, tmp_path_factory) -> dict[str, str]:
    """The environment of audit's events process."""
    return servers.env_for("audit") | environments.archive(servers.stack.site, TEST_NAMESPACE)


@pytest.fixture
def database(environment) -> Iterator[None]:
    """Audit's database, empty."""
    connect(read(ServiceSettings, environment))
    for name in ("log", "repeats", "parts", "reader_lease", "segments", "archive_lease", *DERIVATION):
        get_db("audit")[name].delete_many({})
    yield
    disconnect("audit")


@pytest.fixture
def log(database) -> EventLog:
    """An empty log."""
    events = EventLog()
    events.ensure_indexes()
    return events


@pytest.fixture
def stream(environment) -> Iterator[Callable[..., None]]:
    """A fresh stream; publishes bodies to it, each confirmed by the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(environment["XUESHI_AMQP_URI"]))
    channel = connection.channel()
    channel.queue_delete(LOG_STREAM)
    channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)
    channel.confirm_delivery()

    def publish(*bodies: bytes) -> None:
        for body in bodies:
            channel.basic_publish("", LOG_STREAM, body, mandatory=True)

    yield publish
    connection.close()


@pytest.fixture
def recreate(environment) -> Callable[[], None]:
    """Delete the stream and create it again, as an operator might."""

    def delete_and_create() -> None:
        with pika.BlockingConnection(pika.URLParameters(environment["XUESHI_AMQP_URI"])) as connection:
            channel = connection.channel()
            channel.queue_delete(LOG_STREAM)
            channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)

    return delete_and_create


@pytest.fixture
def recording(environment, log) -> Callable[[], closing[Recorder]]:
    """Begins to record the stream in the log; ends with the block."""
    return lambda: closing(Recorder(log, EventStream(environment["XUESHI_AMQP_URI"])))


@pytest.fixture
def events_process(environment) -> Callable[[], Any]:
    """Audit's events process, as it is deployed; ends with the block."""
    return lambda: running(nameko("services.audit.service"), environment)


@pytest.fixture
def headers_of(servers) -> Callable[[str], dict[str, str]]:
    """Headers of somebody in a role."""
    private_key = servers.stack.credentials.ec_pair("token").private
    return lambda role: bearer(private_key, Role(role))

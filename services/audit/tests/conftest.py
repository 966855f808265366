"""Audit on the real servers: an empty log, an empty stream, tokens of a test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from mongoengine.connection import get_db

from services.audit.storage import EventLog
from shared.clock import utc_now
from shared.messaging.topology import LOG_ARGUMENTS, LOG_STREAM
from shared.settings import ServiceSettings, read
from shared.storage import connect, disconnect


@pytest.fixture(scope="session")
def environment(servers, tmp_path_factory) -> dict[str, str]:
    """Audit's environment."""
    return servers.env_for("audit")


@pytest.fixture
def database(environment) -> Iterator[None]:
    """Audit's database, empty."""
    connect(read(ServiceSettings, environment))
    for name in ("log", "repeats", "reader_lease"):
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
def bearer(servers) -> Callable[[str], dict[str, str]]:
    """Headers of somebody in a role."""
    key = ECKey.import_key(Path(servers.stack.credentials.ec_pair("token").private).read_bytes())

    def headers(role: str) -> dict[str, str]:
        now = int(utc_now().timestamp())
        claims = {"iss": "xueshi/identity", "sub": f"{role}-1", "role": role, "iat": now, "exp": now + 600}
        return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256'}, claims, key)}"}

    return headers

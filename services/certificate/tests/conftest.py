"""Certificate on the real servers: empty collections, tokens of a test's own."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from mongoengine.connection import get_db

from services.certificate.api import app
from services.certificate.settings import CertificateSettings
from services.certificate.storage import BUCKET, HoursFiles, Persons
from services.certificate.tests.builders import ORGANISATION
from shared.events.terms import Role
from shared.runtime import Runtime
from shared.settings import read
from testkit.serving import in_process
from testkit.tokens import bearer


@pytest.fixture(scope="session")
def environment(servers) -> dict[str, str]:
    """Certificate's environment."""
    return servers.env_for("certificate")


@pytest.fixture
def runtime(environment) -> Iterator[Runtime[CertificateSettings]]:
    """An open runtime; nothing of another test is left."""
    running = Runtime(read(CertificateSettings, environment), [HoursFiles(), Persons()], [BUCKET])
    running.open()
    for name in ("hours_files", "persons"):
        get_db("certificate")[name].delete_many({})
    yield running
    running.close()


@pytest.fixture
def person(runtime) -> str:
    """A person with a key."""
    return runtime.keyring.new_owner()


@pytest.fixture
def headers_of(servers) -> Callable[..., dict[str, str]]:
    """Headers of somebody in a role."""
    private_key = servers.stack.credentials.ec_pair("token").private
    standing = {Role.ORGANISATION: {"org": ORGANISATION}}
    return lambda role, **claims: bearer(private_key, Role(role), **standing.get(role, {}) | claims)


@pytest.fixture
def client(runtime, environment) -> Iterator[TestClient]:
    """The api, to somebody without a token."""
    with in_process(app, environment) as client:
        yield client

"""Certificate on the real servers: empty collections, tokens of a test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey
from mongoengine.connection import get_db

from services.certificate.settings import CertificateSettings
from services.certificate.storage import BUCKET, HoursFiles, Persons
from services.certificate.tests.builders import ORGANISATION
from shared.clock import utc_now
from shared.runtime import Runtime
from shared.settings import read


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
def bearer(servers) -> Callable[..., dict[str, str]]:
    """Headers of somebody in a role."""
    key = ECKey.import_key(Path(servers.stack.credentials.ec_pair("token").private).read_bytes())

    def headers(role: str, **claims: str) -> dict[str, str]:
        now = int(utc_now().timestamp())
        given = {"iss": "xueshi/identity", "sub": f"{role}-1", "role": role, "iat": now, "exp": now + 600}
        if role == "organisation":
            given["org"] = ORGANISATION
        return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256'}, given | claims, key)}"}

    return headers


@pytest.fixture
def client(runtime, environment, monkeypatch) -> Iterator[TestClient]:
    """The api, to somebody without a token."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    from services.certificate.api import app

    with TestClient(app) as client:
        yield client

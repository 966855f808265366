"""Certificate on the real servers: empty collections, tokens of a test's own, a record on its way."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from mongoengine.connection import get_db

from services.certificate.adapters.signing import CertificateSigner
from services.certificate.api import app
from services.certificate.domain import HoursRecord
from services.certificate.runtime import CertificateRuntime
from services.certificate.settings import CertificateSettings
from services.certificate.tests.builders import NOW, ORGANISATION, Study, a_record, personal_json
from services.certificate.tests.documents import (
    FONT,
    a_certificate,
    issue,
    read_qr,
    write_key_pair,
)
from shared.events.terms import Role
from shared.settings import read
from testkit.processes import serving
from testkit.tokens import bearer

# ---- the service ----


@pytest.fixture(scope="session")
def environment(servers) -> dict[str, str]:
    """Certificate's environment."""
    return servers.env_for("certificate")


@pytest.fixture
def runtime(environment) -> Iterator[CertificateRuntime]:
    """An open runtime; nothing of another test is left."""
    runtime = CertificateRuntime(read(CertificateSettings, environment))
    runtime.open()
    for name in ("hours_files", "persons"):
        get_db("certificate")[name].delete_many({})
    yield runtime
    runtime.close()


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
    with serving(app, environment) as client:
        yield client


# ---- a record on its way ----


@pytest.fixture
def audited(runtime, person) -> HoursRecord:
    """A record whose hours have been audited."""
    study = Study(person=person)
    record = a_record(study.events, study)
    record.personal = runtime.keyring.seal_text(person, personal_json(), "certificate")
    return runtime.records.add(record)


@pytest.fixture
def headers(headers_of, audited) -> dict[str, dict[str, str]]:
    """Of everyone who has to do with the record."""
    return {
        "learner": headers_of("learner", person=audited.person_id),
        "organisation": headers_of("organisation"),
        "province": headers_of("province"),
        "another learner": headers_of("learner", person="somebody else"),
        "another organisation": headers_of("organisation", org="别的机构"),
        "auditor": headers_of("auditor"),
    }


@pytest.fixture
def approved(runtime, audited) -> HoursRecord:
    """A record that the province has approved, always on the same day."""
    return runtime.records.update_and_get(
        audited.id,
        lambda record: (record.confirm("staff-1"), record.report(), record.approve("province-1", NOW)),
    )


@pytest.fixture
def certificate(client, approved, runtime, headers) -> bytes:
    """The issued PDF, as its learner downloads it."""
    issue(runtime)
    path = "/api/certificate/files/enrollment-1/certificate.pdf"
    return client.get(path, headers=headers["learner"]).content


# ---- the document ----


@pytest.fixture(scope="session")
def key_pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_key_pair(tmp_path_factory.mktemp("signer"))


@pytest.fixture(scope="session")
def signer(key_pair: tuple[Path, Path]) -> CertificateSigner:
    return CertificateSigner(*key_pair, FONT)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> CertificateSigner:
    return CertificateSigner(*write_key_pair(tmp_path_factory.mktemp("stranger")), FONT)


@pytest.fixture(scope="session")
def pdf(signer: CertificateSigner) -> bytes:
    return signer.issue(a_certificate())


@pytest.fixture(scope="session")
def other_pdf(signer: CertificateSigner) -> bytes:
    return signer.issue(a_certificate(holder_name="李四"))


@pytest.fixture(scope="session")
def page(signer: CertificateSigner) -> bytes:
    return signer.render(a_certificate())


@pytest.fixture(scope="session")
def token(pdf: bytes) -> str:
    return read_qr(pdf).partition("#")[2]

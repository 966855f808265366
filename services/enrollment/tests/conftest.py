"""Enrollment's own database, reached from the tests."""

import pytest

from services.enrollment.storage import Cases, Conducts, Enrollments, HealthWatches, Outages, Plans
from shared.persistence.connection import connect, disconnect
from shared.settings import Settings, read


@pytest.fixture(scope="module")
def database(servers):
    connect(read(Settings, servers.env_for("enrollment")))
    for repository in (Plans(), Enrollments(), Outages(), HealthWatches(), Conducts(), Cases()):
        repository.ensure_indexes()
    yield
    disconnect("enrollment")

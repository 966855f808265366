"""Proctor's api and handlers in this process, on the real servers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.proctor.api import app
from services.proctor.runtime import ProctorEventsRuntime
from services.proctor.service import ProctorService
from services.proctor.settings import ProctorEventsSettings
from services.proctor.tests.world import World
from shared.settings import read
from testkit.servers import environments
from testkit.serving import in_process


@pytest.fixture(scope="session")
def environ(servers: Any) -> dict[str, str]:
    """Of both processes."""
    leases = environments.leases(servers.stack.site, "proctor")
    return servers.env_for("proctor") | leases | {"XUESHI_PHOTO_WAIT_SECONDS": "1"}


@pytest.fixture(scope="module")
def world(environ: dict[str, str]) -> Iterator[World]:
    with in_process(app, environ) as http:
        service = ProctorService()
        service.runtime = ProctorEventsRuntime(read(ProctorEventsSettings, environ))
        for repository in service.runtime.repositories:
            repository.rows.delete_many({})
        yield World(
            http,
            service,
            signing_key=Path(environ["XUESHI_TOKEN_PUBLIC_KEY"]).with_suffix(".key"),
            lease_key=Path(environ["XUESHI_LEASE_PUBLIC_KEY"]).with_suffix(".key"),
        )

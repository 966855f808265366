"""Proctor's api and handlers in this process, on the real servers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.proctor.api import app
from services.proctor.service import ProctorService
from services.proctor.tests.world import World
from testkit.processes import serving


@pytest.fixture(scope="session")
def environ(servers: Any) -> dict[str, str]:
    return servers.env_for("proctor") | {"XUESHI_PHOTO_WAIT_SECONDS": "1"}


@pytest.fixture(scope="module")
def world(environ: dict[str, str]) -> Iterator[World]:
    with serving(app, environ) as http:
        service = ProctorService()
        service.runtime = app.state.runtime
        for repository in service.runtime.repositories:
            repository.rows.delete_many({})
        yield World(http, service, Path(environ["XUESHI_TOKEN_PUBLIC_KEY"]).with_suffix(".key"))

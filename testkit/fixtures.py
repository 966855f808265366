"""pytest fixtures: the real servers, or the whole system, in a temporary folder and on free ports.

`servers` gives RabbitMQ, mongod and S3 with databases and a vhost for tests only; `stack` gives the whole
system. Both share the same server processes and start when a test first asks, once per run. With
XUESHI_TEST_STACK_KEEP set, the state folder stays; after a failure its logs are kept in .run/test-logs.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.media.rendering import MEDIA, render_media
from testkit.servers.layout import REPOSITORY
from testkit.servers.stack import Stack

KEPT_LOGS = REPOSITORY / ".run" / "test-logs" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
TEST_NAMESPACE = "_test"


class Servers:
    """RabbitMQ, mongod and S3 for tests; what a test writes is never seen by the running system."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def env_for(self, service: str) -> dict[str, str]:
        """The environment of a service on databases and a vhost of the tests' own."""
        return self.stack.env_for(service, TEST_NAMESPACE)


@pytest.fixture(scope="session")
def _system(request: pytest.FixtureRequest) -> Iterator[Stack]:
    state = Path(tempfile.mkdtemp(prefix="xueshi-"))
    stack = Stack(state, namespaces=("", TEST_NAMESPACE))
    try:
        yield stack
    finally:
        stack.stop()
        if request.session.testsfailed:
            shutil.copytree(state / "log", KEPT_LOGS, dirs_exist_ok=True)
        if not os.environ.get("XUESHI_TEST_STACK_KEEP"):
            shutil.rmtree(state)


@pytest.fixture(scope="session")
def servers(_system: Stack) -> Servers:
    """Real RabbitMQ, mongod and S3."""
    _system.start_servers()
    return Servers(_system)


@pytest.fixture(scope="session")
def stack(_system: Stack) -> Stack:
    """The whole system: servers, stand-ins, services, gateway."""
    _system.start()
    return _system


@pytest.fixture(scope="session")
def media() -> Path:
    """Photos, synthetic camera frames and lesson videos."""
    render_media(MEDIA)
    return MEDIA

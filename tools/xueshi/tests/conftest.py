"""The operators' tool as a process of its own, on the real broker and the real databases."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from secrets import token_hex

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from services import SERVICES
from shared.messaging import topology
from testkit.fixtures import Servers
from testkit.servers.layout import REPOSITORY
from tools.xueshi.endpoints import ArchiveEndpoint
from tools.xueshi.tests.archiving import Bucket

Operate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def endpoints(servers: Servers) -> dict[str, str]:
    """What an operator sets: the broker, and each service's database."""
    uris = {
        f"XUESHI_MONGO_URI_{service.upper()}": servers.env_for(service)["XUESHI_MONGO_URI"]
        for service in SERVICES
    }
    return {"XUESHI_AMQP_URI": servers.env_for("payment")["XUESHI_AMQP_URI"], **uris}


@pytest.fixture(scope="session")
def operate(endpoints: dict[str, str]) -> Operate:
    """`xueshi arguments`, as an operator runs it; `environment` replaces settings."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "COLUMNS": "300"}
        return subprocess.run(
            [sys.executable, "-m", "tools.xueshi", *arguments],
            env=path | endpoints | environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def channel(endpoints: dict[str, str]) -> Iterator[BlockingChannel]:
    """A channel whose publishing the broker confirms."""
    with pika.BlockingConnection(pika.URLParameters(endpoints["XUESHI_AMQP_URI"])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


@pytest.fixture
def service(channel: BlockingChannel) -> Iterator[str]:
    """The queues of a service that nobody reads, under a name of the test's own."""
    name = f"operated-{token_hex(4)}"
    topology.declare_consumer(channel, name, [])
    yield name
    retries = [topology.retry(name, number) for number in range(len(topology.RETRY_DELAYS_MS))]
    for queue in (topology.inbox(name), topology.dead(name), *retries):
        channel.queue_delete(queue.name)


@pytest.fixture
def uri(endpoints):
    """The broker."""
    return endpoints["XUESHI_AMQP_URI"]


@pytest.fixture(scope="module")
def keys(servers):
    """Of the archive."""
    return servers.stack.credentials.ec_pair("archive")


@pytest.fixture
def endpoint(servers, keys):
    """A bucket of the test's own."""
    names = ("XUESHI_S3_URL", "XUESHI_S3_ACCESS_KEY", "XUESHI_S3_SECRET_KEY")
    return ArchiveEndpoint(
        *(servers.env_for("audit")[name] for name in names), (keys.public,), f"archive-{token_hex(6)}"
    )


@pytest.fixture
def bucket(endpoint, keys):
    """It, to write to."""
    return Bucket(endpoint, keys.private)

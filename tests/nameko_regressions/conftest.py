"""One service at a time, ours or a plain one, as a process of its own on the real broker, behind a wire."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker
from pymongo import MongoClient

from shared.domain.clock import utc_now
from shared.eventlog.topology import LOG_ARGUMENTS, LOG_STREAM
from shared.events.base import Meta
from shared.events.envelope import encode
from shared.tests.probe import ALIAS, CounterRaised
from testkit.service_process import Process, nameko
from testkit.waiting import eventually
from tests.nameko_regressions.wire import Wire

JSON = pika.BasicProperties(content_type="application/json", delivery_mode=2)


@dataclass(frozen=True)
class Implementation:
    """An implementation: its class, its name, and the queues in which it may keep its messages."""

    module: str
    name: str
    queues: tuple[str, ...]
    patience: float = 4.0  # seconds; an effect that plain Nameko has lost never comes


def nameko_queue(name: str) -> str:
    """The queue that `@event_handler` reads."""
    return f"evt-probe-{CounterRaised.TYPE}--{name}.hear"


OURS = Implementation(
    "tests.nameko_regressions.closed:ClosedService", "closed", ("closed.inbox", "closed.dead"), 30.0
)
BESIDE = Implementation(
    "tests.nameko_regressions.closed:BesideAnotherPublisher", "beside", ("beside.inbox", "beside.dead"), 30.0
)
PLAIN = Implementation("tests.nameko_regressions.plain:PlainService", "plain", (nameko_queue("plain"),))
CAREFUL = Implementation(
    "tests.nameko_regressions.plain:CarefulService", "careful", (nameko_queue("careful"),)
)


class Hole(AssertionError):
    """An expected effect did not come."""


class RunningService:
    """The service under test, and what a test may do to it."""

    def __init__(
        self, implementation: Implementation, process: Process, wire: Wire, channel: Any, effects: Path
    ) -> None:
        self.implementation, self.process, self.wire, self.channel = implementation, process, wire, channel
        self._effects = effects

    def send(self, note: str = "") -> str:
        """Publish an event to it; returns the id under which its effect is seen."""
        id = token_hex(8)
        meta = Meta(
            id=token_hex(16), source="probe", type=CounterRaised.TYPE, subject=id, sequence=1, time=utc_now()
        )
        self.publish(encode(replace(CounterRaised(counter_id=id, by=1, note=note), meta=meta)).encode())
        return id

    def publish(self, body: bytes) -> None:
        """Publish anything to it."""
        self.channel.basic_publish("probe.events", CounterRaised.TYPE, body, JSON)

    def has_effect(self, id: str) -> bool:
        """Whether it has handled the event."""
        return self.effects(id) > 0

    def effects(self, id: str) -> int:
        """How often it has handled the event."""
        effect = self._effects / id
        return len(effect.read_text()) if effect.exists() else 0

    def must(self, ask: Callable[[], object]) -> None:
        """The one condition that distinguishes ours from plain Nameko. Raises Hole."""
        try:
            eventually(ask, self.implementation.patience)
        except AssertionError as error:
            raise Hole(str(error)) from error

    def is_at(self, point: str, note: str) -> bool:
        """Whether the handler of this note "waits" for permission, or "goes" on."""
        return (self._effects / f"{point}-{note}").exists()

    def let(self, note: str) -> None:
        """Permit handlers of this note to go on."""
        (self._effects / f"may-{note}").touch()

    def log(self) -> str:
        """Its output."""
        return (self._effects / "log").read_text(errors="replace")

    def consumes(self) -> bool:
        """Whether it reads its queue."""
        try:
            answer = self.channel.connection.channel().queue_declare(
                self.implementation.queues[0], passive=True
            )
        except ChannelClosedByBroker:
            return False
        return bool(answer.method.consumer_count)

    def keeps(self, body: bytes) -> bool:
        """Whether a message with this body lies in one of its queues; it stays there."""
        return any(body in self._bodies(queue) for queue in self.implementation.queues)

    def _bodies(self, queue: str) -> list[bytes]:
        channel, bodies = self.channel.connection.channel(), []
        while (message := channel.basic_get(queue))[0]:
            bodies.append(message[2])
        channel.close()  # gives back what it was given
        return bodies


Start = Callable[[Implementation], Any]


@pytest.fixture(scope="module")
def environment(servers: Any) -> dict[str, str]:
    return servers.env_for(ALIAS)


@pytest.fixture
def channel(environment: dict[str, str]) -> Iterator[Any]:
    """A channel of the test's own, past the wire."""
    with pika.BlockingConnection(pika.URLParameters(environment["XUESHI_AMQP_URI"])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.exchange_declare("probe.events", "topic", durable=True)
        channel.queue_declare(LOG_STREAM, durable=True, arguments=LOG_ARGUMENTS)
        yield channel


@pytest.fixture
def start(environment: dict[str, str], channel: Any, tmp_path: Path) -> Start:
    """Start an implementation, its queues empty; `whole=False`: while the broker is away."""

    @contextmanager
    def running(implementation: Implementation, whole: bool = True) -> Iterator[RunningService]:
        address = pika.URLParameters(environment["XUESHI_AMQP_URI"])
        wire = Wire(address.port)
        uri = environment["XUESHI_AMQP_URI"].replace(f":{address.port}/", f":{wire.port}/")
        if not whole:
            wire.cut()
        _forget_inboxes(environment["XUESHI_MONGO_URI"])
        for queue in implementation.queues:
            with suppress(ChannelClosedByBroker):  # there is none yet
                channel.connection.channel().queue_purge(queue)
        command = [*nameko(implementation.module), "--define", f"AMQP_URI={uri}"]
        settings = environment | {"XUESHI_AMQP_URI": uri, "EFFECTS": str(tmp_path)}
        process = Process(command, settings, tmp_path / "log")
        service = RunningService(implementation, process, wire, channel, tmp_path)
        try:
            if whole:
                eventually(service.consumes, 60)
            yield service
        finally:
            process.kill()
            wire.cut()

    return running


def _forget_inboxes(mongo_uri: str) -> None:
    """What other tests have taken in this database is no reason to refill an inbox from the log."""
    with MongoClient(mongo_uri) as client:
        for collection in ("inbox", "refills"):
            client.get_default_database()[collection].drop()

"""A process of a service: relay, consumer and clients, in threads that the world switches at each access."""

from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

from shared.domain.errors import DomainError
from shared.events.envelope import Undecodable, decode
from shared.messaging.disposition import dispose, disposition_of
from shared.messaging.outbox import Outboxes, PublishBatch
from tests.simulation.connection import Connection, ConnectionLost, Delivery
from tests.simulation.town import HANDLERS, Town

if TYPE_CHECKING:
    from tests.simulation.world import World

PREFETCH = 6


class Thread(greenlet):
    """Of `process`; its last act began when the clock showed `began`."""

    process: "Process"
    began: datetime


class Process:
    """Lives until it is killed; then a new process replaces it."""

    def __init__(self, world: "World", service: str) -> None:
        self.world, self.service, self.skew = world, service, world.a_skew()
        self.town = Town(service, self._repository, self.clock)
        self.asleep_until = 0.0
        self.threads: list[Thread] = []
        self._queues: dict[str, deque[Delivery]] = {}  # by subject
        self.relaying = self.consuming = Connection(world.broker)
        self.reconnect()
        self.spawn(self._relay)
        self.spawn(self._consume)

    def clock(self) -> datetime:
        """Its own clock may be an hour wrong."""
        return self.world.time(self.skew)

    def reconnect(self) -> None:
        """Two new connections, as the real process has."""
        self.relaying.close()
        self.consuming.close()
        self.relaying, self.consuming = Connection(self.world.broker), Connection(self.world.broker)

    def spawn(self, run: Any, *arguments: Any) -> None:
        """A thread that runs until it is done, or dies with the process."""
        thread = Thread(lambda: run(*arguments), parent=self.world.hub)
        thread.process, thread.began = self, self.clock()
        self.threads.append(thread)

    def kill(self) -> None:
        """SIGKILL: connections break, threads end where they are."""
        self.relaying.close()
        self.consuming.close()
        for thread in self.threads:
            thread.throw()
        self.threads.clear()

    def sleep(self, until: float) -> None:
        """SIGSTOP; the broker misses the heartbeat and closes the connections, by `cut_off`."""
        self.asleep_until = until
        self.cut_off(self.relaying)
        self.cut_off(self.consuming)

    def cut_off(self, connection: Connection) -> None:
        """What the broker does with a connection that has gone silent."""
        connection.close()

    def client(self, act: Any, *arguments: Any) -> None:
        """A person uses the api, or a timer goes off; a refusal is an answer too."""
        self.spawn(self._serve, act, *arguments)

    def _serve(self, act: Any, *arguments: Any) -> None:
        self._begin()
        with suppress(DomainError):
            act(self.town, *arguments)

    def _begin(self) -> None:
        thread = getcurrent()
        assert isinstance(thread, Thread)
        thread.began = self.clock()

    def _repository(self, kind: Any) -> Any:
        return kind(self.clock, self.world.databases[self.service], self.world.effects)

    # ---- relay ----

    def _relay(self) -> None:
        outboxes = Outboxes(self.town.repositories, self.clock)
        while True:
            try:
                if self.relaying.take_turn(self.service):
                    self._pass(self.relaying, outboxes)
            except ConnectionLost:
                self.relaying.close()
                self.relaying = Connection(self.world.broker)

    def _pass(self, connection: Connection, outboxes: Outboxes) -> None:
        batch = outboxes.load()
        self.publish(connection, batch)
        outboxes.clear(batch)

    def publish(self, connection: Connection, batch: PublishBatch) -> None:
        """As `Publisher.run` does."""
        waiting = 0
        while True:
            while due := batch.next():
                connection.publish(due[0], self.service, due[1])
                waiting += 1
            if not waiting:
                return
            for index, confirmed in connection.answers():
                (batch.confirm if confirmed else batch.refuse)(index)
                waiting -= 1

    # ---- consumer ----

    def _consume(self) -> None:
        while True:
            self.world.step("consume")
            if not self.consuming.open:
                self.consuming = Connection(self.world.broker)
            if sum(map(len, self._queues.values())) < PREFETCH:
                delivery = self.world.broker.deliver(self.service, self.consuming)
                if delivery:
                    self._receive(delivery)

    def _receive(self, delivery: Delivery) -> None:
        """Events of one subject in sequence, different subjects concurrently."""
        queue = self._queues.setdefault(delivery.message.subject, deque())
        queue.append(delivery)
        if len(queue) == 1:
            self.spawn(self._work, delivery.message.subject, queue)

    def _work(self, subject: str, queue: deque[Delivery]) -> None:
        while queue:
            with suppress(ConnectionLost):  # not acknowledged: it is delivered again
                self.handle(queue[0])
            queue.popleft()
        del self._queues[subject]
        if not self._queues:
            with suppress(ConnectionLost):
                self.consuming.acknowledgements.flush()

    def handle(self, delivery: Delivery) -> None:
        """Decode, act, then acknowledge: in this order."""
        dispose(
            delivery,
            disposition_of(self.service, self.act_on(delivery), delivery.headers),
            self._retry(delivery),
        )

    def act_on(self, delivery: Delivery) -> Exception | None:
        """What decoding or handling raised."""
        self._begin()
        try:
            event = decode(delivery.body)
            HANDLERS[self.service][type(event)](self.town, event)
        except (Undecodable, DomainError) as error:
            return error
        return None

    def _retry(self, delivery: Delivery) -> Any:
        def publish(queue: str, headers: dict[str, object]) -> None:
            self.world.step("retry")
            self.consuming.check()
            self.world.broker.publish_retry(self.world.now, delivery.message, queue, headers)

        return publish

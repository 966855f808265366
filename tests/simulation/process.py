"""A process of a service: relay, consumer and clients, in threads that take turns at each access to it."""

from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from greenlet import greenlet

from shared.domain.errors import Contention, DomainError
from shared.events.envelope import Undecodable, decode
from shared.messaging.disposition import dispose, disposition_of
from shared.messaging.outbox import Outboxes, PublishBatch
from tests.simulation.broker import Connection, ConnectionLost, Delivery
from tests.simulation.town import HANDLERS, Town

if TYPE_CHECKING:
    from tests.simulation.world import World

PREFETCH = 6


class Process:
    """Lives until it is killed; then a new one takes its place."""

    def __init__(self, world: "World", service: str) -> None:
        self.world, self.service, self.skew = world, service, world.a_skew()
        self.town = Town(service, self._repository, self.clock)
        self.asleep_until = 0.0
        self.threads: list[greenlet] = []
        self._lanes: dict[str, deque[Delivery]] = {}
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
        self.threads.append(greenlet(lambda: run(*arguments), parent=self.world.hub))

    def kill(self) -> None:
        """SIGKILL: connections break, threads end where they are."""
        self.relaying.close()
        self.consuming.close()
        for thread in self.threads:
            thread.throw()
        self.threads.clear()

    def sleep(self, until: float) -> None:
        """SIGSTOP; the broker hears no heartbeat and closes the connections, by `cut_off`."""
        self.asleep_until = until
        self.cut_off(self.relaying)
        self.cut_off(self.consuming)

    def cut_off(self, connection: Connection) -> None:
        """What the broker does with a connection that has gone silent."""
        connection.close()

    def client(self, act: Any, *arguments: Any) -> None:
        """Somebody uses the api; a refusal is their answer."""
        self.spawn(self._serve, act, *arguments)

    def _serve(self, act: Any, *arguments: Any) -> None:
        with suppress(DomainError, Contention):
            act(self.town, *arguments)

    def _repository(self, kind: Any) -> Any:
        return kind(self.clock, self.world.databases[self.service], self.world.surroundings)

    # ---- relay ----

    def _relay(self) -> None:
        outboxes = Outboxes(self.town.repositories, self.clock)
        while True:
            try:
                if self.relaying.take_turn(self.service):
                    self._round(self.relaying, outboxes)
            except ConnectionLost:
                self.relaying.close()
                self.relaying = Connection(self.world.broker)

    def _round(self, connection: Connection, outboxes: Outboxes) -> None:
        round = outboxes.load()
        self.publish(connection, round)
        outboxes.clear(round)

    def publish(self, connection: Connection, round: PublishBatch) -> None:
        """As `Publisher.run` does."""
        waiting = 0
        while True:
            while due := round.next():
                connection.publish(due[0], self.service, due[1])
                waiting += 1
            if not waiting:
                return
            for lane, taken in connection.answers():
                (round.confirm if taken else round.refuse)(lane)
                waiting -= 1

    # ---- consumer ----

    def _consume(self) -> None:
        while True:
            self.world.step("consume")
            if not self.consuming.open:
                self.consuming = Connection(self.world.broker)
            if sum(map(len, self._lanes.values())) < PREFETCH:
                delivery = self.world.broker.deliver(self.service, self.consuming)
                if delivery:
                    self._receive(delivery)

    def _receive(self, delivery: Delivery) -> None:
        """Events of a subject one after the other, subjects side by side."""
        lane = self._lanes.setdefault(delivery.message.subject, deque())
        lane.append(delivery)
        if len(lane) == 1:
            self.spawn(self._work, delivery.message.subject, lane)

    def _work(self, subject: str, lane: deque[Delivery]) -> None:
        while lane:
            with suppress(ConnectionLost):  # unanswered: it comes again
                self.handle(lane[0])
            lane.popleft()
        del self._lanes[subject]
        if not self._lanes:
            with suppress(ConnectionLost):
                self.consuming.acks.flush()

    def handle(self, delivery: Delivery) -> None:
        """Read, act, answer: in this order."""
        dispose(
            delivery,
            disposition_of(self.service, self.act_on(delivery), delivery.headers),
            self._retry(delivery),
        )

    def act_on(self, delivery: Delivery) -> Exception | None:
        """What reading or handling raised."""
        try:
            event = decode(delivery.body)
            HANDLERS[self.service][type(event)](self.town, event)
        except (Undecodable, DomainError, Contention) as error:
            return error
        return None

    def _retry(self, delivery: Delivery) -> Any:
        def publish(queue: str, headers: dict[str, object]) -> None:
            self.world.step("retry")
            self.consuming.check()
            self.world.broker.publish_retry(self.world.now, delivery.message, queue, headers)

        return publish

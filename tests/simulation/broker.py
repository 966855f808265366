"""A broker in memory: queues that redeliver, a log, one relay's turn a service, and faults."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from shared.messaging import topology
from shared.messaging.outbox import Entry
from tests.simulation.connection import Connection, Delivery, Message

Step = Callable[[str], None]
MAX_FAILURES = len(topology.RETRY_DELAYS_MS) + 1
MAX_CHOICES = 5  # subjects among which the next delivery is drawn
RETRY_HASTE = 10  # retry queues are so much faster than real ones, as lessons are shorter
Arrival = Callable[[str | None, Entry], None]


@dataclass
class FaultRates:
    """Chances of each fault; all 0 makes the broker faultless."""

    broken_before: float = 0.01  # the connection breaks before the broker has the message
    broken_after: float = 0.02  # … after, so that its confirm is lost
    nacked: float = 0.03
    returned: float = 0.01
    doubled: float = 0.03  # delivered twice


class Broker:
    """`bindings`: which services subscribe to a type; `on_arrival` is called with the service whose inbox an
    event has reached, or None for the log."""

    def __init__(
        self,
        chance: Random,
        bindings: dict[str, set[str]],
        services: list[str],
        step: Step,
        on_arrival: Arrival,
    ) -> None:
        self.step, self._on_arrival = step, on_arrival
        self.subjects: dict[str, str] = {}  # by event id
        self.chance, self.bindings, self.faults = chance, bindings, FaultRates()
        self.turns: dict[str, Connection] = {}
        self.queues: dict[str, list[Message]] = {
            name: []
            for service in services
            for name in (topology.inbox(service).name, topology.dead(service).name)
        }
        self.delayed: list[tuple[float, str, Message]] = []

    def publish(self, connection: Connection, service: str, entry: Entry) -> bool | None:
        """True: confirmed; False: nacked or returned; None: the connection breaks."""
        draw = self.chance.random()
        rates = self.faults
        if draw < rates.broken_before:
            return None
        draw -= rates.broken_before
        if draw < rates.nacked:
            self._store(connection, service, entry, partly=True)
            return False
        draw -= rates.nacked
        if draw < rates.returned:
            return False
        self._store(connection, service, entry)
        return None if draw - rates.returned < rates.broken_after else True

    def _store(self, connection: Connection, service: str, entry: Entry, partly: bool = False) -> None:
        """Into the log and every bound queue; what is refused has reached some of them, or none."""
        if partly and self.chance.random() < 0.7:
            return
        if self.turns.get(service) is not connection:
            raise AssertionError(f"{service} publishes without having the turn")
        self._on_arrival(None, entry)
        subject = self.subjects[entry["id"]]
        for consumer in sorted(self.bindings.get(entry["type"], ())):
            if partly and self.chance.random() < 0.5:
                continue
            self._on_arrival(consumer, entry)
            self.enqueue(topology.inbox(consumer).name, Message(entry["body"], subject))

    def enqueue(self, queue: str, message: Message) -> None:
        """At the end of a queue; sometimes twice."""
        self.queues[queue].append(message)
        if self.chance.random() < self.faults.doubled:
            self.queues[queue].append(replace(message, headers=dict(message.headers), holder=None))

    def deliver(self, service: str, connection: Connection) -> Delivery | None:
        """The first waiting message of any subject: order holds within one, not across."""
        queue = topology.inbox(service).name
        first: dict[str, Message] = {}
        for message in self.queues[queue]:
            if message.holder is None:
                first.setdefault(message.subject, message)
            if len(first) == MAX_CHOICES:
                break
        if not first:
            return None
        message = first[self.chance.choice(sorted(first))]
        message.holder = connection
        return Delivery(message, queue, connection)

    def publish_retry(self, now: float, message: Message, queue: str, headers: dict[str, Any]) -> None:
        """Into a retry queue, or to the dead letters."""
        headers = message.headers | headers
        copy = Message(message.body, message.subject, headers, failures=message.failures + 1)
        if copy.failures > MAX_FAILURES:
            raise AssertionError("retried more often than there are retry queues")
        if queue in self.queues:
            self.queues[queue].append(copy)
            return
        seconds = int(queue.rsplit(".", 1)[1].removesuffix("s"))
        self.delayed.append((now + seconds / RETRY_HASTE, topology.inbox(queue.split(".")[0]).name, copy))

    def release(self, now: float) -> None:
        """What has waited long enough in a retry queue goes back to its inbox."""
        due = [delayed for delayed in self.delayed if delayed[0] <= now]
        self.delayed = [delayed for delayed in self.delayed if delayed[0] > now]
        for _, queue, message in due:
            self.queues[queue].append(message)

    def forget(self, connection: Connection) -> None:
        """Free the turns and messages that a connection held."""
        self.turns = {service: holder for service, holder in self.turns.items() if holder is not connection}
        for messages in self.queues.values():
            for message in messages:
                if message.holder is connection:
                    message.holder = None

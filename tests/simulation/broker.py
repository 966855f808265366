"""A broker in memory: queues that give back what was not answered, a log, one turn a service, and faults."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from shared.messaging import topology
from shared.messaging.acknowledgements import Acknowledgements
from shared.messaging.outbox import Entry

Step = Callable[[str], None]
MOST_UNACKNOWLEDGED = 3
MOST_FAILURES = len(topology.RETRY_DELAYS_MS) + 1
Heard = Callable[[str | None, Entry], None]


class ConnectionLost(Exception):
    """The broker has closed the connection, or it broke."""


@dataclass(eq=False)
class Message:
    """A message in a queue; `subject` is known to the broker's tests only, to reorder across subjects."""

    body: str
    subject: str
    headers: dict[str, Any] = field(default_factory=dict)
    holder: "Connection | None" = None  # to whom it is delivered
    failures: int = 0  # as the broker counts them, whatever the headers say


@dataclass
class Fate:
    """Chances of each fault; all 0 makes the broker faultless."""

    broken_before: float = 0.01  # the connection breaks before the broker has the message
    broken_after: float = 0.02  # … after, so that its confirm is lost
    nacked: float = 0.03
    returned: float = 0.01
    doubled: float = 0.03  # delivered twice


class Connection:
    """One process's connection; its death gives back what it holds, turn included."""

    def __init__(self, broker: "Broker") -> None:
        self.broker, self.open = broker, True
        self._unanswered: list[tuple[int, bool]] = []
        self._delivered: dict[int, tuple[str, Message]] = {}  # by delivery tag
        self.acks, self._tag = Acknowledgements(self, MOST_UNACKNOWLEDGED), 0

    def check(self) -> None:
        """Raises ConnectionLost."""
        if not self.open:
            raise ConnectionLost

    def take_turn(self, service: str) -> bool:
        """The exclusive queue: whether this connection holds it."""
        self.broker.step("turn")
        self.check()
        return self.broker.turns.setdefault(service, self) is self

    def publish(self, lane: int, service: str, entry: Entry) -> None:
        """Send; the answer comes by `answers`, if the connection lives."""
        self.broker.step("publish")
        self.check()
        fate = self.broker.publish(self, service, entry)
        if fate is None:
            self.close()
            raise ConnectionLost
        self._unanswered.append((lane, fate))

    def answers(self) -> list[tuple[int, bool]]:
        """Indices whose event was taken or refused since; confirms of several events come in any order."""
        self.broker.step("answers")
        self.check()
        answered, self._unanswered = self._unanswered, []
        self.broker.chance.shuffle(answered)
        return answered

    def delivered(self, queue: str, message: Message) -> int:
        """The tag of a delivery: 1, 2, 3 …"""
        self._tag += 1
        self._delivered[self._tag] = (queue, message)
        return self._tag

    def basic_ack(self, tag: int, multiple: bool = False) -> None:
        """As AMQP 0-9-1; a tag that is not outstanding is a fault of the consumer."""
        self.broker.step("ack")
        self.check()
        assert tag in self._delivered, f"unknown delivery tag {tag}"
        for settled in [
            outstanding
            for outstanding in self._delivered
            if outstanding == tag or (multiple and outstanding < tag)
        ]:
            self.settle(settled)

    def settle(self, tag: int) -> None:
        """The queue forgets the message."""
        self.check()
        queue, message = self._delivered.pop(tag)
        self.broker.queues[queue].remove(message)

    def close(self) -> None:
        """Also what the broker does when heartbeats stay away."""
        self.open = False
        self.broker.forget(self)


class Delivery:
    """A message as its consumer sees it."""

    def __init__(self, message: Message, queue: str, connection: Connection) -> None:
        self.message, self.headers, self.body = message, message.headers, message.body
        self._queue, self._connection = queue, connection
        self._tag = connection.delivered(queue, message)

    def ack(self) -> None:
        """With others, sooner or later."""
        self._connection.acks.handled(self._tag)

    def reject(self) -> None:
        """Dead-lettered at least once."""
        self._connection.broker.step("reject")
        self._connection.settle(self._tag)
        self._connection.acks.settled(self._tag)
        self._connection.broker.queues[topology.dead(self._queue.split(".")[0]).name].append(self.message)


class Broker:
    """`bindings`: which services hear a type; `heard` is told what comes into the log (None) or an inbox."""

    def __init__(
        self, chance: Random, bindings: dict[str, set[str]], services: list[str], step: Step, heard: Heard
    ) -> None:
        self.step, self._heard = step, heard
        self.subjects: dict[str, str] = {}  # by event id
        self.chance, self.bindings, self.fate = chance, bindings, Fate()
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
        fate = self.fate
        if draw < fate.broken_before:
            return None
        draw -= fate.broken_before
        if draw < fate.nacked:
            self._take(connection, service, entry, partly=True)
            return False
        draw -= fate.nacked
        if draw < fate.returned:
            return False
        self._take(connection, service, entry)
        return None if draw - fate.returned < fate.broken_after else True

    def _take(self, connection: Connection, service: str, entry: Entry, partly: bool = False) -> None:
        """Into the log and every bound queue; a nack may have reached some of them, or none."""
        if partly and self.chance.random() < 0.7:
            return
        if self.turns.get(service) is not connection:
            raise AssertionError(f"{service} publishes without having the turn")
        self._heard(None, entry)
        subject = self.subjects[entry["id"]]
        for consumer in sorted(self.bindings.get(entry["type"], ())):
            if partly and self.chance.random() < 0.5:
                continue
            self._heard(consumer, entry)
            self.enqueue(topology.inbox(consumer).name, Message(entry["body"], subject))

    def enqueue(self, queue: str, message: Message) -> None:
        """At the end of a queue; sometimes twice."""
        self.queues[queue].append(message)
        if self.chance.random() < self.fate.doubled:
            self.queues[queue].append(replace(message, headers=dict(message.headers), holder=None))

    def deliver(self, service: str, connection: Connection) -> Delivery | None:
        """The first waiting message of any subject: order holds within one, not across."""
        queue = topology.inbox(service).name
        first: dict[str, Message] = {}
        for message in self.queues[queue]:
            if message.holder is None:
                first.setdefault(message.subject, message)
            if len(first) > 4:
                break
        if not first:
            return None
        message = first[self.chance.choice(sorted(first))]
        message.holder = connection
        return Delivery(message, queue, connection)

    def publish_retry(self, now: float, message: Message, queue: str, headers: dict[str, Any]) -> None:
        """To a rung of the ladder, or to the dead letters."""
        headers = message.headers | headers
        copy = Message(message.body, message.subject, headers, failures=message.failures + 1)
        if copy.failures > MOST_FAILURES:
            raise AssertionError("tried more often than the ladder has rungs")
        if queue in self.queues:
            self.queues[queue].append(copy)
            return
        seconds = int(queue.rsplit(".", 1)[1].removesuffix("s"))
        self.delayed.append((now + seconds, topology.inbox(queue.split(".")[0]).name, copy))

    def release(self, now: float) -> None:
        """What has waited long enough on the ladder goes back to its inbox."""
        due = [delayed for delayed in self.delayed if delayed[0] <= now]
        self.delayed = [delayed for delayed in self.delayed if delayed[0] > now]
        for _, queue, message in due:
            self.queues[queue].append(message)

    def forget(self, connection: Connection) -> None:
        """Give back what a connection held."""
        self.turns = {service: holder for service, holder in self.turns.items() if holder is not connection}
        for messages in self.queues.values():
            for message in messages:
                if message.holder is connection:
                    message.holder = None

"""A process's connection to the simulated broker, and the deliveries that it receives."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.messaging import topology
from shared.messaging.acknowledgements import Acknowledgements
from shared.messaging.outbox import Entry

if TYPE_CHECKING:
    from tests.simulation.broker import Broker

MAX_UNACKNOWLEDGED = 3


class ConnectionLost(Exception):
    """The broker has closed the connection, or it broke."""


@dataclass(eq=False)
class Message:
    """A message in a queue; the broker uses `subject` only to reorder messages of different subjects."""

    body: str
    subject: str
    headers: dict[str, Any] = field(default_factory=dict)
    holder: "Connection | None" = None  # the connection to which it is delivered
    failures: int = 0  # as the broker counts them, whatever the headers say


class Connection:
    """One connection of a process. When it closes, its messages and its turn are free again."""

    def __init__(self, broker: "Broker") -> None:
        self.broker, self.open = broker, True
        self._answers: list[tuple[int, bool]] = []
        self._delivered: dict[int, tuple[str, Message]] = {}  # by delivery tag
        self.acknowledgements, self._tag = Acknowledgements(self, MAX_UNACKNOWLEDGED), 0

    def check(self) -> None:
        """Raises ConnectionLost."""
        if not self.open:
            raise ConnectionLost

    def take_turn(self, service: str) -> bool:
        """The exclusive queue: whether this connection holds it."""
        self.broker.step("turn")
        self.check()
        return self.broker.turns.setdefault(service, self) is self

    def publish(self, index: int, service: str, entry: Entry) -> None:
        """Send; the broker's answer is among `answers`, unless the connection breaks."""
        self.broker.step("publish")
        self.check()
        confirmed = self.broker.publish(self, service, entry)
        if confirmed is None:
            self.close()
            raise ConnectionLost
        self._answers.append((index, confirmed))

    def answers(self) -> list[tuple[int, bool]]:
        """Index and outcome of what the broker has confirmed or refused since, in any order."""
        self.broker.step("answers")
        self.check()
        answers, self._answers = self._answers, []
        self.broker.chance.shuffle(answers)
        return answers

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
        tags = [each for each in self._delivered if each == tag or (multiple and each < tag)]
        for each in tags:
            self.remove(each)

    def remove(self, tag: int) -> None:
        """The message leaves its queue."""
        self.check()
        queue, message = self._delivered.pop(tag)
        self.broker.queues[queue].remove(message)

    def close(self) -> None:
        """What the broker also does when heartbeats are missing."""
        self.open = False
        self.broker.forget(self)


class Delivery:
    """A message as its consumer sees it."""

    def __init__(self, message: Message, queue: str, connection: Connection) -> None:
        self.message, self.headers, self.body = message, message.headers, message.body
        self._queue, self._connection = queue, connection
        self._tag = connection.delivered(queue, message)

    def ack(self) -> None:
        """Acknowledged together with others, later."""
        self._connection.acknowledgements.handled(self._tag)

    def reject(self) -> None:
        """Moved to the dead letters."""
        self._connection.broker.step("reject")
        self._connection.remove(self._tag)
        self._connection.acknowledgements.settled(self._tag)
        self._connection.broker.queues[topology.dead(self._queue.split(".")[0]).name].append(self.message)

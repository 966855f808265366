"""The one publisher that waits for the broker's confirms: it sends many messages before it waits for any."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Generic, TypeVar

from amqp import Message
from kombu import Connection

K = TypeVar("K")
OnReturn = Callable[[str, str], None]  # (exchange, routing key)


class Confirmation(Enum):
    """What the broker has answered to a message."""

    TAKEN = "taken"  # every queue has it
    REFUSED = "refused"  # a queue takes no more
    UNROUTABLE = "unroutable"  # there is no queue for it


class Confirms(Generic[K]):
    """The messages of one channel that the broker has still to answer, each by a key of its publisher's own.

    Delivery tags count 1, 2, 3 … in the order of sending. `answered` is called for each answer, while the
    connection is drained; `returned`, with exchange and routing key, when a message comes back that no queue
    takes: before the answer to it, and even if none comes.
    """

    def __init__(
        self, channel: Any, answered: Callable[[K, Confirmation], None], returned: OnReturn | None = None
    ) -> None:
        """`channel`: py-amqp's, on which nothing has been published yet."""
        channel.confirm_select()
        channel.events["basic_ack"].add(self._take)
        channel.events["basic_nack"].add(self._refuse)
        channel.events["basic_return"].add(self._return)
        self._answered, self._on_return, self._tag = answered, returned, 0
        self._waiting, self._returned = dict[int, tuple[K, str]](), set[str]()

    def __len__(self) -> int:
        """How many wait for an answer."""
        return len(self._waiting)

    def expect(self, key: K, message_id: str = "") -> None:
        """The next message that is sent has this key; by its id it is known again when it comes back."""
        self._tag += 1
        self._waiting[self._tag] = (key, message_id)

    def _take(self, tag: int, multiple: bool) -> None:
        for key, message_id in self._pop(tag, multiple):
            if message_id in self._returned:
                self._returned.discard(message_id)
                self._answered(key, Confirmation.UNROUTABLE)
            else:
                self._answered(key, Confirmation.TAKEN)

    def _refuse(self, tag: int, multiple: bool) -> None:
        for key, message_id in self._pop(tag, multiple):
            self._returned.discard(message_id)
            self._answered(key, Confirmation.REFUSED)

    def _return(self, exc: Any, exchange: str, routing_key: str, message: Any) -> None:
        """No queue took it; its confirm follows."""
        self._returned.add(message.properties.get("message_id", ""))
        if self._on_return:
            self._on_return(exchange, routing_key)

    def _pop(self, tag: int, multiple: bool) -> list[tuple[K, str]]:
        if not multiple:
            return [self._waiting.pop(tag)]
        tags = []
        for waiting in self._waiting:  # in the order of sending
            if waiting > tag:
                break
            tags.append(waiting)
        return [self._waiting.pop(answered) for answered in tags]


class ConfirmingPublisher(Generic[K]):
    """Publishes persistent messages on a channel of its own; answers come while it is drained."""

    def __init__(
        self,
        connection: Connection,
        answered: Callable[[K, Confirmation], None],
        returned: OnReturn | None = None,
    ) -> None:
        """The callbacks are those of `Confirms`."""
        self.channel = connection.channel()
        self._connection, self._confirms = connection, Confirms[K](self.channel, answered, returned)

    @property
    def waiting(self) -> int:
        """How many messages have no answer yet."""
        return len(self._confirms)

    def send(
        self, key: K, body: bytes, *, exchange: str, routing_key: str, content_type: str, message_id: str
    ) -> None:
        """Send one message. Raises OSError or AMQPError on a lost connection, as `drain` does."""
        message = Message(body, content_type=content_type, delivery_mode=2, message_id=message_id)
        self._confirms.expect(key, message_id)
        self.channel.basic_publish(message, exchange=exchange, routing_key=routing_key, mandatory=True)

    def drain(self, seconds: float) -> None:
        """Hear what the broker says. Raises TimeoutError when it says nothing in that time."""
        self._connection.drain_events(timeout=seconds)

"""The dead letters of one service: look at them, send them back, drop them.

A command's messages return to their positions when the command ends, in any way: a message leaves the queue
only by the acknowledgement that follows the broker's confirm (replay) or the line in the log (drop).
"""

from collections.abc import Callable, Iterator

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import NackError, UnroutableError

from shared.messaging import topology
from tools.xueshi.broker import depth
from tools.xueshi.dead_letter import DeadLetter, read, revived
from tools.xueshi.errors import OperatorError, Unknown

Act = Callable[[BlockingChannel, DeadLetter, pika.BasicProperties, bytes], None]


class DeadLetters:
    """The queue `<service>.dead`. Raises Unknown when there is none."""

    def __init__(self, connection: BlockingConnection, service: str) -> None:
        self._connection, self._service = connection, service
        self._queue = topology.dead(service).name
        self.count()

    def count(self) -> int:
        """How many are waiting; those that another operator holds just now are left out."""
        waiting = depth(self._connection, self._queue)
        if waiting is None:
            raise Unknown(f"There is no queue {self._queue}: is {self._service} the name of a service?")
        return waiting

    def show(self, limit: int) -> list[DeadLetter]:
        """The first ones, oldest first; they stay where they are."""
        return [letter for letter, _ in self._each(lambda *_: None, lambda _: False)][:limit]

    def replay(self, id: str | None) -> Iterator[DeadLetter]:
        """Send back to the inbox the one with this id, or all that were waiting when this began.

        Id and body stay as they are, so that a service which has taken the event already takes no notice.
        A crash between confirm and acknowledgement leaves a copy here, which is as harmless.
        """
        return self._apply(id, self._send_back)

    def drop(self, id: str, record: Callable[[DeadLetter], None]) -> Iterator[DeadLetter]:
        """Remove the one with this id for good, once `record` has written down that it goes."""
        return self._apply(id, lambda _, letter, *__: record(letter))

    def _apply(self, id: str | None, act: Act) -> Iterator[DeadLetter]:
        is_known = False
        for letter, chosen in self._each(act, lambda letter: id in (None, letter.id)):
            if chosen:
                is_known = True
                yield letter
        if id is not None and not is_known:
            raise Unknown(f"There is no dead letter {id} in {self._queue}, or another operator holds it.")

    def _each(self, act: Act, chosen: Callable[[DeadLetter], bool]) -> Iterator[tuple[DeadLetter, bool]]:
        """Hold all that are waiting; act on the chosen and acknowledge them, give back the others.

        All of them, because a quorum queue puts each returned message behind those returned before: only a
        pass over the whole queue keeps its order.
        """
        channel = self._connection.channel()
        channel.confirm_delivery()
        try:
            for _ in range(self.count()):
                method, properties, body = channel.basic_get(self._queue)
                if method is None or properties is None or body is None:
                    return
                letter = read(properties, body)
                if ours := chosen(letter):
                    act(channel, letter, properties, body)
                    channel.basic_ack(method.delivery_tag)
                yield letter, ours
        finally:
            if channel.is_open:
                channel.close()  # gives back what is not acknowledged

    def _send_back(
        self, channel: BlockingChannel, letter: DeadLetter, properties: pika.BasicProperties, body: bytes
    ) -> None:
        inbox = topology.inbox(self._service).name
        try:
            channel.basic_publish("", inbox, body, revived(properties), mandatory=True)
        except UnroutableError as error:
            raise OperatorError(
                f"There is no queue {inbox}. Start {self._service}'s events process, which makes it, and "
                "try again; the letter is where it was."
            ) from error
        except NackError as error:
            raise OperatorError(
                f"{inbox} takes no more (full?). Try again later; {letter.id} is where it was."
            ) from error

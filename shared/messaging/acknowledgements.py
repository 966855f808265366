"""Acknowledgements in batches: one for all messages up to the first that is still being handled."""

from typing import Any


class Acknowledgements:
    """The acknowledgements of one channel, whose delivery tags count 1, 2, 3 …

    After a crash before `flush` the handled messages are delivered again, which has no second effect.
    """

    def __init__(self, channel: Any, max_waiting: int) -> None:
        """`max_waiting`: how many handled messages may wait for their acknowledgement."""
        self._channel, self._max_waiting = channel, max_waiting
        self._first = 1  # everything before it is settled
        self._handled, self._settled, self._flushing = set[int](), set[int](), False

    def handled(self, tag: int) -> None:
        """The broker may forget this one. Raises what the channel raises when it is closed."""
        self._handled.add(tag)
        if len(self._handled) >= self._max_waiting:
            self.flush()

    def settled(self, tag: int) -> None:
        """This one was rejected or requeued: it needs no acknowledgement."""
        self._settled.add(tag)

    def flush(self) -> None:
        """Acknowledge all that is handled. Raises what the channel raises when it is closed.

        One at a time: an acknowledgement that is overtaken by a later one names a tag that is settled.
        """
        if self._flushing:
            return  # the flush that is under way takes these along
        self._flushing = True
        try:
            while self._handled:
                self._acknowledge()
        finally:
            self._flushing = False

    def _acknowledge(self) -> None:
        handled, self._handled = self._handled, set()
        self._settled |= handled
        last = self._advance()
        if run := [tag for tag in handled if tag <= last]:
            self._channel.basic_ack(max(run), multiple=True)  # a tag that is settled already would be refused
        for tag in sorted(tag for tag in handled if tag > last):
            self._channel.basic_ack(tag)

    def _advance(self) -> int:
        """Step over what is settled; returns the last tag of the unbroken run."""
        while self._first in self._settled:
            self._settled.remove(self._first)
            self._first += 1
        return self._first - 1

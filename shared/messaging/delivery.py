"""A message that the broker has delivered, and its way back to an answer."""

from typing import Any

from shared.events.base import Event
from shared.messaging.acknowledgements import Acknowledgements


class Delivery:
    """A delivered message, its event once it is decoded, and its way to an acknowledgement."""

    event: Event

    def __init__(self, message: Any, acks: Acknowledgements) -> None:
        self.message, self._acks = message, acks

    def ack(self) -> None:
        """The broker may forget it."""
        self._acks.handled(self.message.delivery_tag)

    def reject(self) -> None:
        """The broker is to dead-letter it."""
        self.message.reject()
        self._acks.settled(self.message.delivery_tag)

    def give_back(self) -> None:
        """The broker is to deliver it again."""
        self.message.requeue()
        self._acks.settled(self.message.delivery_tag)

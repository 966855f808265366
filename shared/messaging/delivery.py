"""A message that the broker has delivered."""

from typing import Any

from shared.events.base import Event
from shared.messaging.acknowledgements import Acknowledgements


class Delivery:
    """A delivered message, its event once it is decoded, and how it is acknowledged."""

    event: Event

    def __init__(self, message: Any, acknowledgements: Acknowledgements) -> None:
        self.message, self._acknowledgements = message, acknowledgements

    def ack(self) -> None:
        """The broker may forget it."""
        self._acknowledgements.handled(self.message.delivery_tag)

    def reject(self) -> None:
        """The broker is to dead-letter it."""
        self.message.reject()
        self._acknowledgements.settled(self.message.delivery_tag)

    def requeue(self) -> None:
        """The broker is to deliver it again."""
        self.message.requeue()
        self._acknowledgements.settled(self.message.delivery_tag)

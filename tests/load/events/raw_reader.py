"""Plain Nameko with no store at all: an event handler that does nothing."""

from typing import Any

from nameko.events import event_handler

from tests.load.events import naive
from tests.load.events.moments import Moments


class RawReader:
    """Hears notes."""

    name = "raw-heard"
    note_moment = Moments()

    @event_handler("raw", naive.TYPE)
    def hear(self, message: dict[str, Any]) -> None:
        self.note_moment(message["id"])

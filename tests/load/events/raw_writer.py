"""Plain Nameko with no store at all: dispatch."""

from nameko.events import EventDispatcher

from tests.load.events import naive
from tests.load.events.dispatchers import dispatchers
from tests.load.events.moments import Moments


class RawWriter:
    """Dispatches notes."""

    name = "raw"
    dispatch = EventDispatcher()
    note_moment = Moments()

    @dispatchers
    def write(self, id: str) -> None:
        self.note_moment(id)
        self.dispatch(naive.TYPE, naive.message(id))

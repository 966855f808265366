"""Plain Nameko: save, then dispatch."""

from nameko.events import EventDispatcher

from tests.load.events import naive
from tests.load.events.dispatchers import dispatchers
from tests.load.events.moments import Moments


class NaiveWriter:
    """Writes notes."""

    name = "naive"
    database = naive.Database()
    dispatch = EventDispatcher()
    note_moment = Moments()

    @dispatchers
    def write(self, id: str) -> None:
        naive.WrittenNote(id=id, **naive.fields(id)).save(force_insert=True)
        self.note_moment(id)
        self.dispatch(naive.TYPE, naive.message(id))

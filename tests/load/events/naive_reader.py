"""Plain Nameko: an event handler that saves."""

from typing import Any

from nameko.events import event_handler

from tests.load.events import naive
from tests.load.events.moments import Moments


class NaiveReader:
    """Keeps notes."""

    name = "naive-kept"
    database = naive.Database()
    note_moment = Moments()

    @event_handler("naive", naive.TYPE)
    def keep(self, message: dict[str, Any]) -> None:
        data = message["data"]
        id = data.pop("note_id")
        naive.KeptNote(id=id, **data).save(force_insert=True)
        self.note_moment(id)

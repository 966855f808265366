"""Ours: a write with its outbox; the relay publishes."""

from shared.messaging.service import Service
from shared.runtime import Runtime
from shared.settings import ServiceSettings
from testkit.runtimes import runtime_with
from tests.load.events.dispatchers import dispatchers
from tests.load.events.moments import Moments
from tests.load.events.note import WrittenNotes, a_note


class OurWriter(Service[Runtime[ServiceSettings]]):
    """Writes notes."""

    name = "bench"
    notes = WrittenNotes()
    runtime_class = runtime_with("bench", notes)
    note_moment = Moments()

    @dispatchers
    def write(self, id: str) -> None:
        note = a_note(id)
        note.write()
        self.notes.add(note)
        self.note_moment(id)

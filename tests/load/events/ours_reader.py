"""Ours: takes each event once."""

from shared.messaging.service import Service
from shared.messaging.subscribe import subscribe
from shared.runtime import Runtime
from shared.settings import ServiceSettings
from testkit.runtimes import runtime_with
from tests.load.events.moments import Moments
from tests.load.events.note import KeptNotes, Note, NoteWritten


class OurReader(Service[Runtime[ServiceSettings]]):
    """Keeps notes."""

    name = "benched"
    notes = KeptNotes()
    runtime_class = runtime_with("benched", notes)
    note_moment = Moments()

    @subscribe(NoteWritten)
    def keep(self, event: NoteWritten) -> None:
        note = Note(
            id=event.note_id,
            lesson_id=event.lesson_id,
            person_id=event.person_id,
            credited_ms=event.credited_ms,
        )
        self.notes.add(note, because=event)
        self.note_moment(event.note_id)

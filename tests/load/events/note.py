"""The message that all contestants carry, as large as a report of watched playback."""

from dataclasses import dataclass

import mongoengine as me

from shared.domain.aggregate import Aggregate
from shared.events.base import Event, event
from shared.persistence.documents import document_of
from shared.persistence.repository import Repository

TYPE = "bench.note.written.v1"


@event(TYPE)
class NoteWritten(Event):
    """A note was written."""

    note_id: str
    lesson_id: str
    person_id: str
    credited_ms: int


@dataclass(kw_only=True)
class Note(Aggregate):
    """What is written on one side and kept on the other."""

    lesson_id: str
    person_id: str
    credited_ms: int

    def write(self) -> None:
        """Record that it was written."""
        self.record(
            NoteWritten(
                note_id=self.id,
                lesson_id=self.lesson_id,
                person_id=self.person_id,
                credited_ms=self.credited_ms,
            )
        )


def a_note(id: str) -> Note:
    """A note whose texts are as long as real ids."""
    return Note(id=id, lesson_id=f"lesson-{id}", person_id=f"person-{id}", credited_ms=3_000)


class NoteFields:
    """The stored fields of a contestant that has no aggregate."""

    lesson_id = me.StringField()
    person_id = me.StringField()
    credited_ms = me.IntField()


class WrittenNotes(Repository[Note]):
    aggregate = Note
    document = document_of(Note, "bench_notes", service="enrollment")


class KeptNotes(Repository[Note]):
    aggregate = Note
    document = document_of(Note, "bench_notes", service="payment")

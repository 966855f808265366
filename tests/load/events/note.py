"""The message that all contestants carry, as large as a report of watched playback."""

from dataclasses import dataclass
from typing import Any

import mongoengine as me

from shared.domain.aggregate import Aggregate
from shared.events.base import Event, event
from shared.persistence.documents import AggregateDocument
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
    """The stored fields, the same on every side."""

    lesson_id = me.StringField()
    person_id = me.StringField()
    credited_ms = me.IntField()


class WrittenDocument(NoteFields, AggregateDocument):
    meta: dict[str, Any] = {"db_alias": "enrollment", "collection": "bench_notes", "auto_create_index": False}


class KeptDocument(NoteFields, AggregateDocument):
    meta: dict[str, Any] = {"db_alias": "payment", "collection": "bench_notes", "auto_create_index": False}


class WrittenNotes(Repository[Note]):
    aggregate = Note
    document = WrittenDocument


class KeptNotes(Repository[Note]):
    aggregate = Note
    document = KeptDocument

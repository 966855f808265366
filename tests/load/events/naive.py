"""The naive way's documents and message: plain mongoengine, the same fields, the same size."""

from datetime import UTC, datetime
from typing import Any

import mongoengine as me
from nameko.extensions import DependencyProvider

from shared.persistence.connection import connect
from shared.settings import Settings, read
from tests.load.events.note import TYPE, NoteFields, a_note


class WrittenNote(NoteFields, me.Document):  # type: ignore[misc]
    meta = {"db_alias": "enrollment", "collection": "bench_plain_notes", "auto_create_index": False}
    id = me.StringField(primary_key=True)


class KeptNote(NoteFields, me.Document):  # type: ignore[misc]
    meta = {"db_alias": "payment", "collection": "bench_plain_notes", "auto_create_index": False}
    id = me.StringField(primary_key=True)


class Database(DependencyProvider):  # type: ignore[misc]
    """The same connection as ours: the same promise of durability."""

    def setup(self) -> None:
        """Connect."""
        connect(read(Settings))


def fields(id: str) -> dict[str, Any]:
    """What is stored."""
    note = a_note(id)
    return {"lesson_id": note.lesson_id, "person_id": note.person_id, "credited_ms": note.credited_ms}


def message(id: str) -> dict[str, Any]:
    """As large as our envelope."""
    return {
        "specversion": "1.0",
        "id": id,
        "source": "bench",
        "type": TYPE,
        "subject": id,
        "time": datetime.now(UTC).isoformat(),
        "sequence": "0000000001",
        "datacontenttype": "application/json",
        "traceparent": f"00-{'0' * 32}-{'0' * 16}-01",
        "data": {"note_id": id, **fields(id)},
    }

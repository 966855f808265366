"""Entries of the log as they are stored: the position is the key, and what is None is left out."""

from typing import Any

from pymongo import UpdateOne

from services.audit.domain import Entry
from services.audit.domain.entry import event_id_of
from services.audit.storage.documents import EntryDocument
from shared.persistence.documents import check_values

Message = tuple[int, bytes]  # offset as it is stored (the generation's base + the broker's), body


def to_row(entry: Entry) -> dict[str, Any]:
    """What is stored of an entry."""
    values = vars(entry)
    check_values(EntryDocument, values)
    row = {name: value for name, value in values.items() if value is not None}
    return {"_id": row.pop("position"), **row}


def to_entry(row: dict[str, Any]) -> Entry:
    """The entry that a stored row holds."""
    values: dict[str, Any] = {name: row.get(name) for name in EntryDocument._fields}
    return Entry(**values | {"position": row["_id"]})


def repeat_of(message: Message) -> UpdateOne:
    """The write that notes a message whose event the log has already; the same again changes nothing."""
    offset, body = message
    return UpdateOne({"_id": offset}, {"$setOnInsert": {"event_id": event_id_of(body)}}, upsert=True)

"""MongoDB through mongoengine: connection, and the document that every aggregate is stored in."""

from typing import Any, ClassVar

import mongoengine as me

from shared.settings import Settings


class AggregateDocument(me.Document):  # type: ignore[misc]
    """State, version, outbox and inbox of one aggregate, so that one conditional write covers all four.

    A service's document lists the aggregate's fields; `db_alias` is the service's name.
    `outbox`: [{id, type, at, body}] committed and not yet confirmed by the broker, oldest first.
    `handled`: [{id, at}] of the newest events that have taken effect on this aggregate; `handled_until`:
    latest `at` of those that lie in the collection `handled` instead (shared/handled.py).
    `write_id`: which write made this version (shared/grouped.py).
    """

    meta: ClassVar[dict[str, Any]] = {"abstract": True}

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    sequence = me.IntField(required=True)
    outbox = me.ListField(me.DictField())
    handled = me.ListField(me.DictField())
    handled_until = me.DateTimeField()
    write_id = me.StringField()


def connect(settings: Settings) -> Any:
    """Open this process's connection to its own database; writes are majority and journalled."""
    return me.connect(
        alias=settings.service,
        host=settings.mongo_uri,
        tz_aware=True,
        w="majority",
        journal=True,
        uuidRepresentation="standard",
        serverSelectionTimeoutMS=10_000,
        connectTimeoutMS=3_000,
        socketTimeoutMS=30_000,
    )


def disconnect(service: str) -> None:
    """Close the connection of `connect`."""
    me.disconnect(alias=service)

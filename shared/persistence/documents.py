"""The mongoengine document that an aggregate is stored in, derived from its dataclass.

A field is declared once, in the aggregate; here it becomes the mongoengine field of its type, which checks
each value that is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from itertools import zip_longest
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

import mongoengine as me

from shared.domain.aggregate import Aggregate

NOTHING: Mapping[str, Any] = MappingProxyType({})
OWN_FIELDS = frozenset({"id", "version", "sequence", "events"})  # of every aggregate


class AggregateDocument(me.Document):  # type: ignore[misc]
    """State, version, outbox and processed events of one aggregate, so that one conditional write covers all.

    `outbox`: [{id, type, at, body}] committed and not yet confirmed by the broker, oldest first.
    `handled`: [{id, at}] of the newest events that have taken effect on this aggregate; `handled_until`:
    latest `at` of those that lie in the collection `handled` instead (processed_events.py).
    `write_id`: which write made this version (batched_collection.py).
    `recorded_at`: of the newest event that was ever in `outbox`; a write without events leaves it as it is.
    """

    meta: ClassVar[dict[str, Any]] = {"abstract": True}

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    sequence = me.IntField(required=True)
    outbox = me.ListField(me.DictField())
    handled = me.ListField(me.DictField())
    handled_until = me.DateTimeField()
    write_id = me.StringField()
    recorded_at = me.DateTimeField()


COMMON_FIELDS = frozenset(AggregateDocument._fields)


def document_of(
    aggregate: type[Aggregate],
    collection: str,
    *,
    service: str,
    indexes: Sequence[Mapping[str, Any]] = (),
) -> type[AggregateDocument]:
    """The document class of an aggregate, in a collection of the service's database.

    Indexes are written as mongoengine's `meta["indexes"]` has them. Raises TypeError for a field whose type
    MongoDB cannot hold.
    """
    hints = get_type_hints(aggregate)
    own = [field for field in fields(aggregate) if field.name not in OWN_FIELDS]
    columns = {field.name: _column(hints[field.name]) for field in own}
    meta = _meta(service, collection, indexes)
    body = {"__doc__": aggregate.__doc__, "__module__": aggregate.__module__, "meta": meta, **columns}
    return type(_class_name(aggregate, service, collection), (AggregateDocument,), body)


def record_document_of(
    record: type[Any],
    collection: str,
    *,
    service: str,
    key: str,
    indexes: Sequence[Mapping[str, Any]] = (),
) -> type[me.Document]:
    """The document class of a dataclass that is no aggregate; the field `key` is the primary key.

    Indexes and errors are those of `document_of`.
    """
    hints = get_type_hints(record)
    columns = {
        field.name: _column(hints[field.name], primary_key=field.name == key) for field in fields(record)
    }
    meta = _meta(service, collection, indexes)
    body = {"__doc__": record.__doc__, "__module__": record.__module__, "meta": meta, **columns}
    return type(_class_name(record, service, collection), (me.Document,), body)


def check_values(
    document: type[me.Document], state: Mapping[str, Any], stored: Mapping[str, Any] = NOTHING
) -> None:
    """Raises mongoengine's ValidationError, which names the field, for a value that is not of its type.

    What is equal in `stored`, the document as it was read, was checked when it was written, and is passed
    over. TypeError when the aggregate has a field that the document lacks.
    """
    common = COMMON_FIELDS if issubclass(document, AggregateDocument) else ()
    columns = {name: column for name, column in document._fields.items() if name not in common}
    if unknown := state.keys() - document._fields.keys():
        raise TypeError(f"{document.__name__} lacks the fields {sorted(unknown)}")
    for name, column in columns.items():
        value = state.get(name)
        if value is not None:
            _check(column, value, stored.get(name))
        elif not column.null:
            raise me.ValidationError(f"{document.__name__}.{name} is required")


def _class_name(cls: type[Any], service: str, collection: str) -> str:
    """Unique: mongoengine knows documents by their class's name, and disconnects only those that it knows."""
    return f"{cls.__name__}_{service}_{collection}"


def _meta(service: str, collection: str, indexes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "db_alias": service,
        "collection": collection,
        "auto_create_index": False,
        "indexes": [dict(index) for index in indexes],
    }


def _check(column: Any, value: Any, stored: Any) -> None:
    """Of a list, only the items that differ: one lesson changes in a study of a hundred."""
    if value == stored:
        return
    if type(value) is type(stored) is list and isinstance(column, me.ListField):
        value = [item for item, before in zip_longest(value, stored[: len(value)]) if item != before]
    column._validate(value)


def _column(hint: Any, *, primary_key: bool = False) -> Any:
    """The mongoengine field for a type: enums are stored by value, dataclasses and mappings as documents.

    `null` where the type allows None. A list or mapping is never `required`, which would forbid an empty one.
    """
    hint, optional = _without_none(hint)
    options = {"required": not optional, "null": optional, "primary_key": primary_key}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _scalar(type(next(iter(hint)).value))(choices=[member.value for member in hint], **options)
    if is_dataclass(hint) or get_origin(hint) in (dict, Mapping) or hint is dict or _is_union(hint):
        return me.DictField(null=optional)
    if get_origin(hint) in (list, tuple, set, frozenset):
        return me.ListField(_column(get_args(hint)[0]), null=optional)
    return _scalar(hint)(**options)


def _scalar(hint: Any) -> Any:
    scalars = {
        str: me.StringField,
        bool: me.BooleanField,
        int: me.IntField,
        float: me.FloatField,
        datetime: me.DateTimeField,
        date: me.StringField,  # ISO 8601
        bytes: me.BinaryField,
    }
    if hint not in scalars:
        raise TypeError(f"no field of a document holds {hint}")
    return scalars[hint]


def _without_none(hint: Any) -> tuple[Any, bool]:
    """The type itself, and whether None is allowed beside it."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if not _is_union(hint):
        return hint, False
    members = [member for member in get_args(hint) if member is not NoneType]
    optional = len(members) < len(get_args(hint))
    return (members[0] if len(members) == 1 else Union[tuple(members)]), optional  # noqa: UP007 - made here


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)

"""Example envelopes, made from the event classes and the samples of the dictionary; the same at every run."""

import json
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from shared.events.base import Event, Meta, producer_of
from shared.events.envelope import encode
from tools.contracts.dictionary import Word, word

MOMENT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"  # the example of W3C Trace Context
PLAIN: dict[Any, Any] = {bool: True, int: 1, float: 0.5, str: "text", datetime: MOMENT}
NO_WORD = Word("", "")


def examples(event_class: type[Event]) -> list[dict[str, Any]]:
    """Envelopes as `encode` writes them: one with everything filled in, one as bare as it can be."""
    full, bare = (_envelope(event_class, filled) for filled in (True, False))
    return [full] if full["data"] == bare["data"] else [full, bare]


def _envelope(event_class: type[Event], filled: bool) -> dict[str, Any]:
    event: Event = _made(event_class, filled)
    id = _digest(event.TYPE)[:32]
    ids = [getattr(event, field.name) for field in fields(event) if field.name.endswith("_id")]
    meta = Meta(
        id=id, source=producer_of(event_class), type=event.TYPE, subject=[*ids, id][0], sequence=7,
        time=MOMENT, traceparent=TRACE if filled else None,
    )  # fmt: skip
    envelope: dict[str, Any] = json.loads(encode(replace(event, meta=meta)))
    return envelope


def _made(cls: Any, filled: bool) -> Any:
    hints, wanted = get_type_hints(cls), [field for field in fields(cls) if field.name != "meta"]
    values = {field.name: (field, word(cls.__name__, field.name) or NO_WORD) for field in wanted}
    return cls(**{
        name: _value(name, hints[name], known.sample, filled)
        for name, (field, known) in values.items()
        if filled or _demanded(field)
    })  # fmt: skip


def _demanded(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _value(name: str, type_: Any, sample: Any, filled: bool) -> Any:
    inner = [argument for argument in get_args(type_) if argument is not NoneType]
    if isinstance(type_, UnionType):
        return _value(name, inner[0], sample, filled) if filled else None
    if get_origin(type_) is list:
        return [_value(name, inner[0], sample, filled)] if filled else []
    if get_origin(type_) is dict:
        return sample or {} if filled else {}
    return _made(type_, filled) if is_dataclass(type_) else _scalar(name, type_, sample, filled)


def _scalar(name: str, type_: Any, sample: Any, filled: bool) -> Any:
    if issubclass(type_, Enum):
        return list(type_)[0 if filled else -1]
    if type(sample) is type_:
        return sample
    if type_ is str and (length := _digits(name)):
        return _digest(name.removesuffix("s"))[:length]
    return False if type_ is bool and not filled else PLAIN[type_]


def _digits(name: str) -> int | None:
    """Hexadecimal digits of ids and of digests, by the field's name."""
    if name.endswith(("_hash", "sha256", "model_version")):
        return 64
    return 32 if name.endswith(("_id", "_ids", "_by", "owner")) else None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()

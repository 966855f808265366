"""The classes that events are made of besides plain values: nested dataclasses and enums."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

from shared.events.base import Event


def parts_of(events: Iterable[type[Event]]) -> list[type]:
    """Every dataclass and enum that occurs in a field of these events, at any depth, by name."""
    parts: dict[str, type] = {}
    for event_class in events:
        parts.update((part.__qualname__, part) for part in _within(event_class))
    return [parts[name] for name in sorted(parts)]


def _within(cls: Any) -> Iterator[type]:
    hints = get_type_hints(cls)
    for field in fields(cls):
        if field.name == "meta":
            continue
        for type_ in _flat(hints[field.name]):
            if isinstance(type_, type) and is_dataclass(type_):
                yield from (type_, *_within(type_))
            elif isinstance(type_, type) and issubclass(type_, Enum):
                yield type_


def _flat(type_: Any) -> Iterator[Any]:
    inner = get_args(type_)
    if not inner:
        yield type_
    for each in inner:
        yield from _flat(each)

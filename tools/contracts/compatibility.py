"""May a released schema change like this? Both directions of time count.

Old events must read with new code, and new events with the code that is still running. So a released type
keeps its class name, and each of its fields its name, type, format and default. Allowed are a new field with
a default, a new enum value, and other words in a docstring. Anything else is a break: it needs a V2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools.contracts.schema import Schema

ANNOTATIONS = {"title", "description", "examples", "$defs"}
NESTED = {"items", "additionalProperties", "anyOf"}
COMPARED_APART = ANNOTATIONS | NESTED | {"properties", "required", "enum", "const"}
ABSENT = object()


def breaks(released: Schema, present: Schema) -> list[str]:
    """What in `present` a reader or writer of `released` could not live with; empty when compatible."""
    return list(_Comparison(released, present).all())


@dataclass(frozen=True)
class _Comparison:
    released: Schema  # the roots, in which references are looked up
    present: Schema

    def all(self) -> Iterator[str]:
        if self.released["title"] != self.present["title"]:
            yield f"the type was given to {self.present['title']}, it was {self.released['title']}'s"
        yield from self._compare(self.released, self.present, "data")

    def _compare(self, old: Any, new: Any, at: str) -> Iterator[str]:
        if isinstance(old, bool) or isinstance(new, bool):  # "anything" or "nothing" as a schema
            if old != new:
                yield f"{at}: changed type, {old} → {new}"
            return
        old, new = _resolved(old, self.released), _resolved(new, self.present)
        yield from self._fields(old, new, at)
        yield from _values(old, new, at)
        yield from _keywords(old, new, at)
        yield from self._nested(old, new, at)

    def _fields(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        yield from (f"{at}.{name}: removed or renamed" for name in was if name not in now)
        required_before, required_now = set(old.get("required", [])), set(new.get("required", []))
        for name in now:
            if name in required_now - required_before:
                yield f"{at}.{name}: required, and " + ("had a default" if name in was else "new")
            if name in required_before - required_now:
                yield f"{at}.{name}: no longer required; its present readers demand it"
        for name in was:
            if name in now:
                yield from self._compare(was[name], now[name], f"{at}.{name}")

    def _nested(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        for keyword in sorted(NESTED & (old.keys() | new.keys())):
            was, now = _choices(old.get(keyword, ABSENT)), _choices(new.get(keyword, ABSENT))
            if len(was) != len(now) or (ABSENT in was) != (ABSENT in now):
                yield f"{at}: changed type, {_spelled(old)} → {_spelled(new)}"
                continue
            for one, other in zip(was, now, strict=True):
                yield from self._compare(one, other, f"{at}[]" if keyword == "items" else at)


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    definition: Schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return {**definition, **{key: value for key, value in schema.items() if key != "$ref"}}


def _values(old: Schema, new: Schema, at: str) -> Iterator[str]:
    was, now = _enum(old), _enum(new)
    if (was is None) != (now is None):
        yield f"{at}: changed type, {_spelled(old)} → {_spelled(new)}"
    yield from (f"{at}: enum value {value!r} removed" for value in was or [] if value not in (now or []))


def _keywords(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for keyword in sorted((old.keys() | new.keys()) - COMPARED_APART):
        was, now = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
        if was is not now and (was != now or type(was) is not type(now)):
            yield f"{at}: changed {keyword}, {_shown(was)} → {_shown(now)}"


def _enum(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _choices(schema: Any) -> list[Any]:
    return schema if isinstance(schema, list) else [schema]


def _spelled(schema: Schema) -> str:
    return str(schema.get("type") or [key for key in schema if key not in ANNOTATIONS])


def _shown(value: Any) -> str:
    return "none" if value is ABSENT else repr(value)

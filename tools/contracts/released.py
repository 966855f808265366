"""Released schemas: `shared/events/released/<type>.json`, one file a type, which only ever grows.

A file holds the releases of one type, oldest first: the schema at that time, and envelopes as they were
written then. An addition (a field with a default) is a further release; an existing release is never changed.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared.events.base import REGISTRY, Event
from shared.events.envelope import Undecodable, adapter, decode
from shared.events.upcast import newest, upcast
from tools.contracts.compatibility import breaks
from tools.contracts.examples import examples
from tools.contracts.schema import Schema, schema_of

FOLDER = Path(__file__).parents[2] / "shared" / "events" / "released"


@dataclass(frozen=True)
class Release:
    """A state of an event class that others rely on."""

    schema: Schema
    examples: list[dict[str, Any]]  # envelopes


def releases(type_: str, folder: Path = FOLDER) -> list[Release]:
    """The releases of a type, oldest first; empty for one that has none."""
    file = _file(type_, folder)
    stored = json.loads(file.read_text("utf-8"))["releases"] if file.exists() else []
    return [Release(**release) for release in stored]


def released_types(folder: Path = FOLDER) -> list[str]:
    """All types that were ever released."""
    return sorted(path.stem for path in folder.glob("*.json"))


def is_released(event_class: type[Event], folder: Path = FOLDER) -> bool:
    """Whether the class, with all its fields and enum values, is what was released last."""
    stored = releases(event_class.TYPE, folder)
    return bool(stored) and not breaks(schema_of(event_class), stored[-1].schema)


def release(event_class: type[Event], folder: Path = FOLDER) -> None:
    """Freeze the class as it is. Raises ValueError when it breaks what was released before."""
    if broken := incompatible(event_class.TYPE, folder):
        raise ValueError(f"{event_class.TYPE} needs a new version: {'; '.join(broken)}")
    new = Release(schema_of(event_class), examples(event_class))
    content = {
        "type": event_class.TYPE,
        "releases": [asdict(each) for each in [*releases(event_class.TYPE, folder), new]],
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    _file(event_class.TYPE, folder).write_text(text, "utf-8")


def incompatible(type_: str, folder: Path = FOLDER) -> list[str]:
    """What in the present code breaks a release of this type; empty when all of them still hold."""
    stored = releases(type_, folder)
    return [*_schema_breaks(type_, stored), *(problem for old in stored for problem in _misread(old))]


def _schema_breaks(type_: str, stored: list[Release]) -> list[str]:
    if type_ in REGISTRY:
        present = schema_of(REGISTRY[type_])
        return list(dict.fromkeys(problem for old in stored for problem in breaks(old.schema, present)))
    return [] if newest(type_) in REGISTRY else ["the class is gone, and no upcaster reads its events"]


def _misread(old: Release) -> list[str]:
    return [it for envelope in old.examples if (it := _misreading(envelope))]


def _misreading(envelope: dict[str, Any]) -> str | None:
    """What is wrong with how a stored envelope reads; no value may be lost."""
    try:
        event = decode(json.dumps(envelope))
    except Undecodable as error:
        return f"a stored example is undecodable: {error}"
    stored = upcast(envelope["type"], envelope["data"])
    read = adapter(type(event)).dump_python(event, mode="json", exclude={"meta"})
    return None if _contains(read, stored) else f"a stored example reads as something else: {stored} → {read}"


def _contains(read: Any, stored: Any) -> bool:
    if isinstance(stored, dict) and isinstance(read, dict):
        return all(key in read and _contains(read[key], value) for key, value in stored.items())
    if isinstance(stored, list) and isinstance(read, list):
        return len(read) == len(stored) and all(map(_contains, read, stored))
    return bool(read == stored)


def _file(type_: str, folder: Path) -> Path:
    return folder / f"{type_}.json"

"""Each kind of break, planted once: a class is released, then changed, then compared and read again."""

import json
from dataclasses import field, make_dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from shared.events import envelope
from shared.events.base import REGISTRY, Event, event
from tools.contracts.compatibility import breaks
from tools.contracts.released import incompatible, is_released, release, released_types, releases
from tools.contracts.schema import schema_of

TYPE = "probe.fee.compared.v1"

Colour = StrEnum("Colour", {"RED": "red", "BLUE": "blue"})


def part(name="Part", **fields):
    return make_dataclass(name, list(fields.items()), frozen=True, kw_only=True)


FIELDS: dict[str, Any] = {
    "order_id": str,
    "amount_fen": int,
    "colour": Colour,
    "distance": float | None,
    "part": part(rule=str, held=bool),
    "parts": list[part("Other", rule=str)],
    "figures": dict[str, Any],
    "note": (str, ""),
    "keys": (list[str], field(default_factory=list)),
}


def declared(fields, name="Fee"):
    """The class under `TYPE` from now on, as if its source had been edited."""
    types = {name: type_[0] if isinstance(type_, tuple) else type_ for name, type_ in fields.items()}
    defaults = {name: type_[1] for name, type_ in fields.items() if isinstance(type_, tuple)}
    REGISTRY.pop(TYPE, None)
    cls = event(TYPE)(type(name, (Event,), {"__annotations__": types, "__module__": __name__, **defaults}))
    envelope._adapter.cache_clear()
    return cls


@pytest.fixture
def folder(tmp_path):
    release(declared(FIELDS), tmp_path)
    yield tmp_path
    REGISTRY.pop(TYPE, None)
    envelope._adapter.cache_clear()


def without(name):
    return {other: type_ for other, type_ in FIELDS.items() if other != name}


BREAKS = {
    "removed": (without("amount_fen"), "data.amount_fen: removed or renamed"),
    "removed with default": (without("note"), "data.note: removed or renamed"),
    "renamed": (without("amount_fen") | {"amount": int}, "data.amount_fen: removed or renamed"),
    "new and required": (FIELDS | {"payer": str}, "data.payer: required, and new"),
    "default dropped": (FIELDS | {"note": str}, "data.note: required, and had a default"),
    "no longer required": (FIELDS | {"order_id": (str, "")}, "data.order_id: no longer required"),
    "default changed": (FIELDS | {"note": (str, "–")}, "data.note: changed default, '' → '–'"),
    "factory changed": (
        FIELDS | {"keys": (list[str], field(default_factory=lambda: ["all"]))},
        "data.keys: changed default",
    ),
    "int to str": (FIELDS | {"amount_fen": str}, "data.amount_fen: changed type, 'integer' → 'string'"),
    "int to float": (FIELDS | {"amount_fen": float}, "data.amount_fen: changed type"),
    "int to bool": (FIELDS | {"amount_fen": bool}, "data.amount_fen: changed type"),
    "widened": (FIELDS | {"amount_fen": int | None}, "data.amount_fen: changed type"),
    "narrowed": (FIELDS | {"distance": float}, "data.distance: changed type"),
    "format": (FIELDS | {"order_id": UUID}, "data.order_id: changed format"),
    "enum to text": (FIELDS | {"colour": str}, "data.colour: changed type"),
    "text to enum": (FIELDS | {"order_id": Colour}, "data.order_id: changed type"),
    "enum value removed": (
        FIELDS | {"colour": StrEnum("Colour", {"RED": "red"})}, "data.colour: enum value 'blue' removed",
    ),
    "enum value renamed": (
        FIELDS | {"colour": StrEnum("Colour", {"RED": "red", "BLUE": "azure"})},
        "data.colour: enum value 'blue' removed",
    ),
    "removed in a part": (FIELDS | {"part": part(rule=str)}, "data.part.held: removed or renamed"),
    "required in a part": (
        FIELDS | {"part": part(rule=str, held=bool, why=str)}, "data.part.why: required, and new",
    ),
    "type in a list": (
        FIELDS | {"parts": list[part("Other", rule=int)]}, "data.parts[].rule: changed type",
    ),
    "list to one": (FIELDS | {"parts": part("Other", rule=str)}, "data.parts: changed type"),
    "list of another": (FIELDS | {"keys": (list[int], field(default_factory=list))}, "data.keys[]: changed"),
    "dict of less": (FIELDS | {"figures": dict[str, int]}, "data.figures: changed type"),
}  # fmt: skip


@pytest.mark.parametrize("change", BREAKS)
def test_a_break_is_refused(change, folder):
    fields, expected = BREAKS[change]
    before = schema_of(REGISTRY[TYPE])
    changed = declared(fields)
    assert any(problem.startswith(expected) for problem in breaks(before, schema_of(changed)))
    assert any(problem.startswith(expected) for problem in incompatible(TYPE, folder))
    with pytest.raises(ValueError, match="needs a new version"):
        release(changed, folder)


def test_a_type_is_not_given_to_another_class(folder):
    declared(FIELDS, name="Refund")
    assert incompatible(TYPE, folder) == ["the type was given to Refund, it was Fee's"]


def test_a_released_class_does_not_vanish(folder):
    del REGISTRY[TYPE]
    assert incompatible(TYPE, folder)[0] == "the class is gone, and no upcaster reads its events"


def test_a_stored_example_that_reads_as_something_else_is_noticed(folder):
    stored = folder / f"{TYPE}.json"
    content = json.loads(stored.read_text("utf-8"))
    content["releases"][0]["examples"][0]["data"]["forgotten"] = "a field that no schema has"
    stored.write_text(json.dumps(content), "utf-8")
    assert incompatible(TYPE, folder)[0].startswith("a stored example reads as something else")


def test_a_stored_example_that_no_longer_decodes_is_noticed(folder):
    stored = folder / f"{TYPE}.json"
    content = json.loads(stored.read_text("utf-8"))
    del content["releases"][0]["examples"][0]["data"]["amount_fen"]
    stored.write_text(json.dumps(content), "utf-8")
    assert incompatible(TYPE, folder)[0].startswith("a stored example is undecodable")


ADDITIONS = {
    "field with a default": FIELDS | {"payer": (str, "")},
    "field with a factory": FIELDS | {"payers": (list[str], field(default_factory=list))},
    "enum value": FIELDS | {"colour": StrEnum("Colour", {"RED": "red", "BLUE": "blue", "GREEN": "green"})},
    "in a part": FIELDS | {"part": make_dataclass(
        "Part", [("rule", str), ("held", bool), ("why", str, "")], frozen=True, kw_only=True)},
}  # fmt: skip


@pytest.mark.parametrize("addition", ADDITIONS)
def test_an_addition_is_a_further_release_and_kept_from_then_on(addition, folder):
    first = releases(TYPE, folder)
    larger = declared(ADDITIONS[addition])
    assert incompatible(TYPE, folder) == []
    assert not is_released(larger, folder)
    release(larger, folder)
    assert is_released(larger, folder)
    assert releases(TYPE, folder)[:1] == first
    declared(FIELDS)
    assert "removed" in incompatible(TYPE, folder)[0]


def test_other_words_and_another_order_change_nothing(folder):
    same = declared(dict(reversed(FIELDS.items())))
    same.__doc__ = "缴费: said better."
    envelope._adapter.cache_clear()
    assert incompatible(TYPE, folder) == []
    assert is_released(same, folder)
    assert released_types(folder) == [TYPE]

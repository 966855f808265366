"""The operators of MongoDB that the simulated store knows, as functions of a document."""

from collections.abc import Callable
from typing import Any


def matches(document: dict[str, Any], filter: dict[str, Any]) -> bool:
    """Equality, and the operators of `CONDITIONS`."""
    return all(_fits(document.get(name), wanted) for name, wanted in filter.items())


def _fits(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    return all(CONDITIONS[operator](value, operand) for operator, operand in wanted.items())


# Values of another type than the operand's are neither more nor less.
CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "$nin": lambda value, operand: value not in operand,
    "$ne": lambda value, operand: value != operand,
    "$lt": lambda value, operand: value is not None and value < operand,
    "$lte": lambda value, operand: value is not None and value <= operand,
    "$gt": lambda value, operand: value is not None and value > operand,
}


def apply(document: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """`$set` of whole fields, `$push` with or without `$each`, `$pull` by id."""
    unknown = update.keys() - {"$set", "$push", "$pull"}
    assert not unknown, f"the simulated store lacks {unknown}"
    after = document | update.get("$set", {})
    for name, value in update.get("$push", {}).items():
        more = value["$each"] if isinstance(value, dict) and "$each" in value else [value]
        after[name] = [*after.get(name, []), *more]
    for name, value in update.get("$pull", {}).items():
        after[name] = [entry for entry in after.get(name, []) if entry["id"] not in value["id"]["$in"]]
    return after


def value_at(document: dict[str, Any], path: str) -> Any:
    """The value at a dotted path; of a list, its first element's."""
    for name in path.split("."):
        document = document[0] if isinstance(document, list) else document
        document = document[name]
    return document

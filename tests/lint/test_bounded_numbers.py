"""Every whole number that a client may send has a bound in the schema; else MongoDB meets one of 80 bits."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from services import SERVICES

BOUNDED_ELSEWHERE = {"StudyPolicy"}  # a dataclass of the events: shared.http.numbers.Bounded holds it
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_number_of_a_request_is_bounded(service):
    schema = import_module(f"services.{service}.api").app.openapi()
    assert sorted(unbounded(schema)) == []


def test_an_unbounded_number_is_found():
    parameter = {"name": "after", "schema": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}
    schema = {"paths": {"/trail": {"get": {"parameters": [parameter]}}}}
    assert list(unbounded(schema)) == ["get /trail after"]
    parameter["schema"]["anyOf"][0] |= {"minimum": 0, "maximum": 9}
    assert list(unbounded(schema)) == []


def unbounded(schema: dict[str, Any]) -> Iterator[str]:
    for path, item in schema["paths"].items():
        for method in METHODS & item.keys():
            operation = item[method]
            for parameter in operation.get("parameters", ()):
                for name in _integers(schema, parameter["schema"], parameter["name"], ()):
                    yield f"{method} {path} {name}"
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name in _integers(schema, content.get("schema", {}), "body", ()):
                    yield f"{method} {path} {name}"


def _integers(schema: dict[str, Any], part: Any, name: str, seen: tuple[str, ...]) -> Iterator[str]:
    if reference := part.get("$ref"):
        kind = reference.rpartition("/")[2]
        if kind not in (*seen, *BOUNDED_ELSEWHERE):
            yield from _integers(schema, schema["components"]["schemas"][kind], name, (*seen, kind))
        return
    if part.get("type") == "integer" and not ("maximum" in part or "enum" in part):
        yield name
    for choice in (*part.get("anyOf", ()), *part.get("allOf", ()), *part.get("oneOf", ())):
        yield from _integers(schema, choice, name, seen)
    for field, inner in part.get("properties", {}).items():
        yield from _integers(schema, inner, f"{name}.{field}", seen)
    if isinstance(part.get("items"), dict):
        yield from _integers(schema, part["items"], f"{name}[]", seen)

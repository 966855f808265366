"""The JSON schema (2020-12, as pydantic writes it) of the `data` of an event."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from shared.events.base import Event
from shared.events.envelope import adapter

Schema = dict[str, Any]
MODE: JsonSchemaMode = "validation"  # what a reader demands


class _WithDefaults(GenerateJsonSchema):
    """Writes down the defaults of factories too: readers rely on them as on any other."""

    def get_default_value(self, schema: Any) -> Any:
        factory = schema.get("default_factory")
        return factory() if factory else super().get_default_value(schema)


def schema_of(event_class: type[Event]) -> Schema:
    """The schema of the event's data, complete in itself; `meta` is the envelope's, not the data's."""
    return _without_meta(adapter(event_class).json_schema(mode=MODE, schema_generator=_WithDefaults))


def schemas_of(events: Iterable[type[Event]], template: str) -> dict[str, Schema]:
    """Schemas of several events by name, with the classes they share; `template` is how to refer to one."""
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (event.TYPE, MODE, adapter(event)) for event in events
    ]
    refs, shared = TypeAdapter.json_schemas(inputs, ref_template=template, schema_generator=_WithDefaults)
    definitions: dict[str, Schema] = shared.get("$defs", {})
    named = {type_: _definition(schema, definitions) for (type_, _), schema in refs.items()}
    parts = {
        name: definition
        for name, definition in definitions.items()
        if definition not in named.values() and name != "Meta"
    }
    return {type_: _without_meta(schema) for type_, schema in named.items()} | parts


def _definition(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    ref = schema.get("$ref")
    return definitions[ref.rpartition("/")[2]] if ref else schema


def _without_meta(schema: Schema) -> Schema:
    properties = {name: property_ for name, property_ in schema["properties"].items() if name != "meta"}
    parts = {name: definition for name, definition in schema.get("$defs", {}).items() if name != "Meta"}
    rest = {key: value for key, value in schema.items() if key != "$defs"}
    return rest | {"properties": properties} | ({"$defs": parts} if parts else {})

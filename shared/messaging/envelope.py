"""The wire form of an event: CloudEvents 1.0, structured JSON mode."""

import json
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.events.base import REGISTRY, Event, Meta

CONTENT_TYPE = "application/cloudevents+json"


class Undecodable(Exception):
    """The message is not an event that this code can read."""


def adapter(cls: type[Event]) -> TypeAdapter[Any]:
    """Validator and serialiser of one event class; unknown fields are ignored."""
    return _adapter(cls.TYPE)


@cache
def _adapter(type_: str) -> TypeAdapter[Any]:
    return TypeAdapter(REGISTRY[type_])


def encode(event: Event) -> str:
    """The envelope of a committed event as JSON text."""
    meta = event.published
    envelope = {
        "specversion": "1.0",
        "id": meta.id,
        "source": meta.source,
        "type": meta.type,
        "subject": meta.subject,
        "time": meta.time.isoformat(),
        "sequence": f"{meta.sequence:010d}",  # CloudEvents "sequence" extension: ordered as text
        "datacontenttype": "application/json",
        **({"traceparent": meta.traceparent} if meta.traceparent else {}),
        "data": adapter(type(event)).dump_python(event, mode="json", exclude={"meta"}),
    }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def decode(body: bytes | str) -> Event:
    """Read an envelope. Raises Undecodable, naming the reason, for anything that is not a known event."""
    try:
        envelope = json.loads(body)
        cls = REGISTRY[envelope["type"]]
        data: Event = adapter(cls).validate_python(envelope["data"])
        return replace(data, meta=read_meta(envelope))
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from error


def read_meta(envelope: dict[str, Any]) -> Meta:
    """The attributes of an envelope, whether or not its type is known here."""
    return Meta(
        id=envelope["id"],
        source=envelope["source"],
        type=envelope["type"],
        subject=envelope["subject"],
        sequence=int(envelope["sequence"]),
        time=datetime.fromisoformat(envelope["time"]),
        traceparent=envelope.get("traceparent"),
    )

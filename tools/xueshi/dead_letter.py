"""A dead letter as an operator sees it: envelope and error, never its data."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pika

from shared.events.envelope import Undecodable, decode, read_meta
from shared.messaging import topology
from shared.messaging.disposition import ERROR_HEADER

DEATH_HEADER = "x-death"
MAX_ERROR, MAX_RAW = 200, 120  # characters of an error, bytes of an undecodable body


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """One message of `<service>.dead`. The attributes of its envelope are None where it has none to read."""

    id: str  # of the event; of a message that has none, "sha256-" and 16 digits of its body's hash
    type: str | None
    subject: str | None
    time: str | None
    error: str  # what the last handler raised, why it cannot be decoded, or why the broker gave up
    failures: int  # how often a handler has failed on it
    raw: str | None  # the first bytes of what cannot be decoded
    bytes: int
    sha256: str  # of the body


def read(properties: pika.BasicProperties, body: bytes) -> DeadLetter:
    """Describe any message, also one that is no event."""
    meta, unreadable, headers = _meta(body), _unreadable(body), properties.headers or {}
    digest = hashlib.sha256(body).hexdigest()
    return DeadLetter(
        id=properties.message_id or meta.get("id") or f"sha256-{digest[:16]}",
        type=meta.get("type"),
        subject=meta.get("subject"),
        time=meta.get("time"),
        error=str(headers.get(ERROR_HEADER) or unreadable or _death(headers))[:MAX_ERROR],
        failures=int(headers.get(topology.RETRY_HEADER, 0)),
        raw=ascii(body[:MAX_RAW]) if unreadable else None,
        bytes=len(body),
        sha256=digest,
    )


def revived(properties: pika.BasicProperties) -> pika.BasicProperties:
    """The properties of a message that is replayed: the same id and content, without its history."""
    return pika.BasicProperties(
        message_id=properties.message_id,
        content_type=properties.content_type,
        content_encoding=properties.content_encoding,
        delivery_mode=pika.DeliveryMode.Persistent,
    )


def _meta(body: bytes) -> dict[str, Any]:
    try:
        meta = read_meta(json.loads(body))
    except Exception:  # the message is shown, even if its bytes break a parser
        return {}
    return {"id": meta.id, "type": meta.type, "subject": meta.subject, "time": meta.time.isoformat()}


def _unreadable(body: bytes) -> str | None:
    try:
        decode(body)
    except Undecodable as error:
        return f"undecodable: {error}"
    return None


def _death(headers: dict[str, Any]) -> str:
    deaths = headers.get(DEATH_HEADER) or [{}]
    return f"{deaths[0].get('reason', 'unknown')} in {deaths[0].get('queue', 'an unknown queue')}"

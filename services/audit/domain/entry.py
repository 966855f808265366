"""One entry of the log (日志): the exact bytes of an event, its position, its link in the chain (R31)."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.eventlog.chain import hash_of

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`position` counts 1, 2, 3 … without gaps; event_id to session_id are read from the body.

    A body that is no CloudEvents envelope is an entry as well: its `event_id` is derived from its bytes, and
    what cannot be read is None.
    """

    position: int
    stream_offset: int  # where the broker's stream held it
    event_id: str
    type: str | None
    source: str | None
    subject: str | None
    sequence: int | None  # within the subject
    time: datetime | None  # when its service committed it
    trace_id: str | None
    enrollment_id: str | None
    person_id: str | None
    session_id: str | None  # of the play session
    body: bytes
    previous_hash: str  # hexadecimal
    hash: str

    def envelope(self) -> Any:
        """The body as JSON data, or as text when it is none."""
        return _envelope(self.body) or self.body.decode("utf-8", "replace")


@dataclass(frozen=True, kw_only=True)
class EntryFilter:
    """Which entries somebody wants to see; None: whatever it is. `since` ≤ time of the event < `until`."""

    enrollment_id: str | None = None
    person_id: str | None = None
    trace_id: str | None = None
    subject: str | None = None
    session_id: str | None = None
    type: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def event_id_of(body: bytes) -> str:
    """The event's id, or one derived from the bytes when there is none; equal bytes have equal ids."""
    return _event_id(_envelope(body), body)


def read_entry(position: int, stream_offset: int, body: bytes, previous_hash: str) -> Entry:
    """The entry that follows `previous_hash`; never raises, whatever the body is."""
    envelope = _envelope(body)
    data = envelope.get("data")
    data = data if isinstance(data, dict) else {}
    return Entry(
        position=position,
        stream_offset=stream_offset,
        event_id=_event_id(envelope, body),
        type=_text(envelope.get("type")),
        source=_text(envelope.get("source")),
        subject=_text(envelope.get("subject")),
        sequence=_number(envelope.get("sequence")),
        time=_time(envelope.get("time")),
        trace_id=_trace_id(envelope.get("traceparent")),
        enrollment_id=_text(data.get("enrollment_id")),
        person_id=_text(data.get("person_id")),
        session_id=_text(data.get("session_id")),
        body=body,
        previous_hash=previous_hash,
        hash=hash_of(previous_hash, body),
    )


def _event_id(envelope: dict[str, Any], body: bytes) -> str:
    return _text(envelope.get("id")) or f"unreadable-{hashlib.sha256(body).hexdigest()}"


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):  # ValueError: bad JSON or bad UTF-8
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _text(value: object) -> str | None:
    """Text that MongoDB can store and index: without NUL, and of a length that an index takes."""
    fits = isinstance(value, str) and 0 < len(value) <= 200 and "\0" not in value
    return value.encode("utf-8", "replace").decode() if fits and isinstance(value, str) else None


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) else None


def _time(value: object) -> datetime | None:
    """An aware time, in UTC and cut to the millisecond that MongoDB can store."""
    try:
        time = datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
    return time.replace(microsecond=time.microsecond // 1000 * 1000) if time else None


def _trace_id(value: object) -> str | None:
    match = _TRACEPARENT.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None

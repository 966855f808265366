"""What audit stores, and how it is found."""

from dataclasses import dataclass
from datetime import datetime

from services.audit.domain import Entry
from shared.persistence.documents import record_document_of

SERVICE = "audit"
NAMES_NO_ENROLMENT = "names_no_enrolment"  # the index of what is about a course, a plan, a job …


@dataclass(frozen=True)
class Repeat:
    """重复投递: an offset of the stream that holds an event which the log has already."""

    stream_offset: int
    event_id: str


@dataclass(frozen=True)
class Generation:
    """日志分段: the log goes on with a recreated stream, whose offset 0 is stored as `base`."""

    base: int
    begun_at: datetime


@dataclass(frozen=True)
class Span:
    """归档分段: entries from position `first` to `last`; `archived` once the bucket holds them whole."""

    first: int
    last: int
    archived: bool = False


# Unique position, stream offset and event id keep a second reader from forking the chain.
EntryDocument = record_document_of(
    Entry,
    "log",
    service=SERVICE,
    key="position",
    indexes=[
        {"fields": ["stream_offset"], "unique": True, "name": "one_place"},
        {"fields": ["event_id"], "unique": True, "name": "one_event"},
        {"fields": ["enrollment_id", "position"]},
        {"fields": ["person_id", "position"]},
        {"fields": ["trace_id", "position"]},
        {"fields": ["subject", "position"]},
        {
            "fields": ["subject", "type", "position"],
            "name": NAMES_NO_ENROLMENT,
            "partialFilterExpression": {"enrollment_id": None},
        },
        {
            "fields": ["session_id", "position"],
            "partialFilterExpression": {"session_id": {"$exists": True}},
        },
        {"fields": ["type", "position"]},
        {"fields": ["source", "position"]},
        {"fields": ["type", "time", "position"]},
        {"fields": ["source", "time", "position"]},
        {"fields": ["time", "position"]},
    ],
)
RepeatDocument = record_document_of(Repeat, "repeats", service=SERVICE, key="stream_offset")
GenerationDocument = record_document_of(Generation, "parts", service=SERVICE, key="base")
SpanDocument = record_document_of(Span, "segments", service=SERVICE, key="first")

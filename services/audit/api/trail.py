"""留痕: the events that concern somebody or something."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.audit.api.dependencies import Inspector, RuntimeDep
from services.audit.application.trail import read_trail
from services.audit.domain import Entry, EntryFilter
from shared.http.paging import After, PageSize

router = APIRouter()
Filter = Annotated[str | None, Query(max_length=200)]


class TrailEntry(BaseModel):
    """One event as the log holds it."""

    position: int = Field(examples=[1])
    type: str | None = Field(examples=["learning.playback.credited.v1"])
    source: str | None
    subject: str | None
    sequence: int | None
    time: datetime | None
    trace_id: str | None
    hash: str = Field(description="SHA-256 of the previous entry's hash and the envelope's bytes")
    envelope: Any = Field(description="The CloudEvents envelope; text when it cannot be decoded")


class Trail(BaseModel):
    """留痕: events in the order of the log."""

    entries: list[TrailEntry]
    next_after: int | None = Field(description="Ask again with `after` set to this; null: nothing more")


@router.get("/trail", summary="留痕 the events of an enrolment, a person, a trace or a subject")
def trail(
    _: Inspector,
    runtime: RuntimeDep,
    enrollment_id: Filter = None,
    person_id: Filter = None,
    trace_id: Filter = None,
    subject: Filter = None,
    after: After = 0,
    limit: PageSize = 100,
) -> Trail:
    """Entries that match all given filters, in order."""
    wanted = EntryFilter(enrollment_id=enrollment_id, person_id=person_id, trace_id=trace_id, subject=subject)
    page = read_trail(runtime.log, wanted, after, limit)
    return Trail(entries=[_view(entry) for entry in page.entries], next_after=page.next_after)


def _view(entry: Entry) -> TrailEntry:
    plain = {name: getattr(entry, name) for name in TrailEntry.model_fields if name != "envelope"}
    return TrailEntry(**plain, envelope=entry.envelope())

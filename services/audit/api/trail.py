"""留痕: the events that concern somebody or something."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.audit.api.dependencies import Inspector, RuntimeDep
from services.audit.application.trail import LinkedEntry, read_event, read_trail
from services.audit.domain import Entry, EntryFilter
from shared.http.paging import After, Instant, PageSize

router = APIRouter()
Filter = Annotated[str | None, Query(max_length=200)]


class TrailEntry(BaseModel):
    """One event as the log holds it."""

    position: int = Field(examples=[1])
    event_id: str
    type: str | None = Field(examples=["learning.playback.recorded.v1"])
    source: str | None
    subject: str | None
    sequence: int | None
    time: datetime | None
    trace_id: str | None
    hash: str = Field(description="SHA-256 of the previous entry's hash and the envelope's bytes")
    envelope: Any = Field(description="The CloudEvents envelope; text when it cannot be decoded")


class Trail(BaseModel):
    """留痕: events, between two times in the order of time, else in the order of the log."""

    entries: list[TrailEntry]
    next_after: int | None = Field(description="Ask again with `after` set to this; null: nothing more")


class Neighbour(BaseModel):
    """相邻条目: the entry before or behind."""

    position: int
    event_id: str
    type: str | None
    hash: str


class LinkedAnswer(TrailEntry):
    """日志条目: an event, its place in the chain, and what stands beside it."""

    stream_offset: int = Field(description="Where the broker's stream held it")
    previous_hash: str = Field(description="Hash of the entry before it")
    in_order: bool = Field(description="Whether body and previous entry give this hash 哈希是否相符")
    before: Neighbour | None
    behind: Neighbour | None


@router.get("/trail", summary="留痕 the events of an enrolment, a person, a session, a type, a time …")
def trail(
    _: Inspector,
    runtime: RuntimeDep,
    enrollment_id: Filter = None,
    person_id: Filter = None,
    trace_id: Filter = None,
    subject: Filter = None,
    session_id: Filter = None,
    type: Filter = None,
    source: Filter = None,
    since: Annotated[
        Instant | None, Query(alias="from", description="Committed at this time or later")
    ] = None,
    until: Annotated[Instant | None, Query(description="Committed before this time")] = None,
    newest_first: bool = False,
    after: After = 0,
    limit: PageSize = 100,
) -> Trail:
    """Entries that match all given filters, a page at a time: `after` is the last position that you have.

    404 when `from` or `until` is given and the log has no entry at `after`.
    """
    wanted = EntryFilter(
        enrollment_id=enrollment_id, person_id=person_id, trace_id=trace_id, subject=subject,
        session_id=session_id, type=type, source=source, since=since, until=until,
    )  # fmt: skip
    page = read_trail(runtime.log, wanted, after, limit, newest_first=newest_first)
    return Trail(entries=[entry_view(entry) for entry in page.entries], next_after=page.next_after)


@router.get("/events/{event_id}", summary="日志条目 one event, its hashes and its neighbours")
def event(_: Inspector, runtime: RuntimeDep, event_id: Annotated[str, Path(max_length=200)]) -> LinkedAnswer:
    """The entry of an event, by the event's id. 404 when the log does not have it."""
    return _linked(read_event(runtime.log, event_id))


def entry_view(entry: Entry) -> TrailEntry:
    """An entry as a client sees it."""
    plain = {name: getattr(entry, name) for name in TrailEntry.model_fields if name != "envelope"}
    return TrailEntry(**plain, envelope=entry.envelope())


def _linked(linked: LinkedEntry) -> LinkedAnswer:
    entry = linked.entry
    return LinkedAnswer(
        **dict(entry_view(entry)),
        stream_offset=entry.stream_offset,
        previous_hash=entry.previous_hash,
        in_order=linked.in_order,
        before=_neighbour(linked.before),
        behind=_neighbour(linked.behind),
    )


def _neighbour(entry: Entry | None) -> Neighbour | None:
    if entry is None:
        return None
    return Neighbour(position=entry.position, event_id=entry.event_id, type=entry.type, hash=entry.hash)

"""What an auditor may ask of the log."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.audit.domain import ChainReport, Entry, Hours, LessonHours, derive_hours, verify_chain
from services.audit.hours import study_events
from services.audit.runtime import AuditRuntime
from services.audit.storage import EventLog
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.terms import LessonKind, Role
from shared.http.access import only
from shared.http.application import service_api

log = EventLog()
router = APIRouter()
Inspector = Annotated[Principal, Depends(only(Role.AUDITOR, Role.OPERATOR))]
Filter = Annotated[str | None, Query(max_length=200)]
After = Annotated[int, Query(ge=0, description="Only what stands behind this position")]


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


class LessonAnswer(BaseModel):
    """One lesson's credit by the auditor's own count."""

    lesson_id: str
    kind: LessonKind | None
    duration_ms: int | None
    credited_ms: int
    completed: bool
    intervals: list[tuple[int, int]] = Field(description="Credited video, half-open, in ms")


class DiscrepancyAnswer(BaseModel):
    """Something published that the log does not bear out."""

    code: str = Field(examples=["over_wall_clock"])
    says: str
    lesson_id: str | None
    event_ids: list[str]


class HoursAnswer(BaseModel):
    """学时复核: hours derived from the log alone."""

    enrollment_id: str
    person_id: str | None
    match: bool = Field(description="Whether the log bears out everything that was published")
    compulsory_ms: int
    elective_ms: int
    hour_seconds: int | None = Field(description="Length of one 学时 (R7)")
    refused_reports: int
    lessons: list[LessonAnswer]
    discrepancies: list[DiscrepancyAnswer]


class LogAnswer(BaseModel):
    """日志: its head, and whether the examined part of its chain is in order."""

    events: int = Field(description="Position of the last entry")
    head_hash: str
    repeats: int = Field(description="Messages that brought an event again; the log keeps the first copy")
    verified: bool
    verified_from: int
    verified_to: int
    complete: bool = Field(description="Whether the examined part reaches the head; else go on behind it")
    broken_at: int | None
    reason: str | None = Field(description="position, stream_offset, link, hash or columns")


@router.get("/trail", summary="留痕 the events of an enrolment, a person, a trace or a subject")
def trail(
    _: Inspector,
    enrollment_id: Filter = None,
    person_id: Filter = None,
    trace_id: Filter = None,
    subject: Filter = None,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Trail:
    """Entries that match all given filters, in order."""
    given = {"enrollment_id": enrollment_id, "person_id": person_id, "trace_id": trace_id, "subject": subject}
    where = {name: value for name, value in given.items() if value is not None}
    found = list(log.read(after, limit + 1, where))
    page, more = found[:limit], found[limit:]
    return Trail(entries=[_entry(it) for it in page], next_after=page[-1].position if more else None)


@router.get("/hours/{enrollment_id}", summary="学时复核 an enrolment's hours, derived from the log alone")
def hours(_: Inspector, enrollment_id: str) -> HoursAnswer:
    """Credited intervals, totals and every discrepancy. 404 when the log does not know the enrolment."""
    events = study_events(log, enrollment_id)
    if not events:
        raise NotFound(what="Enrolment")
    return _hours(derive_hours(enrollment_id, events))


@router.get("/log", summary="日志 head of the log and verification of its chain")
def head(
    _: Inspector, after: After = 0, limit: Annotated[int, Query(ge=1, le=1_000_000)] = 200_000
) -> LogAnswer:
    """Computes up to `limit` hashes again, behind position `after`. 404 when the log is shorter than that."""
    last, start = log.head(), log.head_at(after)
    report = verify_chain(log.read(after, limit), start)
    return _log(report, after, last.position, last.hash)


def _entry(entry: Entry) -> TrailEntry:
    shown = {name: getattr(entry, name) for name in TrailEntry.model_fields if name != "envelope"}
    return TrailEntry(**shown, envelope=entry.envelope())


def _hours(found: Hours) -> HoursAnswer:
    return HoursAnswer(
        enrollment_id=found.enrollment_id,
        person_id=found.person_id,
        match=found.match,
        compulsory_ms=found.total_ms(LessonKind.COMPULSORY),
        elective_ms=found.total_ms(LessonKind.ELECTIVE),
        hour_seconds=found.hour_seconds,
        refused_reports=found.refused_reports,
        lessons=[_lesson(it) for it in found.lessons.values()],
        discrepancies=[DiscrepancyAnswer(**vars(it)) for it in found.discrepancies],
    )


def _lesson(lesson: LessonHours) -> LessonAnswer:
    return LessonAnswer(**vars(lesson), credited_ms=lesson.credited_ms)


def _log(report: ChainReport, after: int, events: int, head_hash: str) -> LogAnswer:
    return LogAnswer(
        events=events,
        head_hash=head_hash,
        repeats=log.repeats(),
        verified=report.verified,
        verified_from=after + 1,
        verified_to=report.head.position,
        complete=report.head.position >= events,
        broken_at=report.broken_at,
        reason=report.reason,
    )


app = service_api(
    title="Audit 审计: the log, and what it proves", routers=[router], runtime_class=AuditRuntime
)

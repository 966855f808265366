"""日志: the head of the log, and whether its chain is in order."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.audit.api.dependencies import Inspector, RuntimeDep
from services.audit.application.chain_verification import Examination, examine
from shared.http.paging import After

router = APIRouter()


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


@router.get("/log", summary="日志 head of the log and verification of its chain")
def head(
    _: Inspector,
    runtime: RuntimeDep,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1_000_000)] = 200_000,
) -> LogAnswer:
    """Computes up to `limit` hashes again, behind position `after`. 404 when the log is shorter than that."""
    return _view(examine(runtime.log, after, limit))


def _view(examination: Examination) -> LogAnswer:
    report = examination.report
    return LogAnswer(
        events=examination.events,
        head_hash=examination.head_hash,
        repeats=examination.repeats,
        verified=report.verified,
        verified_from=examination.after + 1,
        verified_to=report.head.position,
        complete=examination.is_complete,
        broken_at=report.broken_at,
        reason=report.reason,
    )

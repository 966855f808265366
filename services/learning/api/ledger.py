"""学时台账: each second that was claimed and what became of it, for all who may see it (R25, R31)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.learning.api.dependencies import RuntimeDep
from services.learning.application.ledger import LedgerPage
from services.learning.domain import PlaySession
from services.learning.domain.ledger import (
    Interval,
    LedgerBatch,
    LessonLedger,
    earned_by,
    pending_after,
)
from services.learning.domain.playback import RefusalReason
from services.learning.domain.progress import LessonProgress
from shared.domain.principal import Principal
from shared.events.learning import Ending, ReportRecord
from shared.events.terms import Role
from shared.http.access import only
from shared.http.paging import Page

router = APIRouter(tags=["ledger 学时台账"])
Reader = Annotated[Principal, Depends(only(Role.LEARNER, Role.ORGANISATION, Role.AUDITOR))]
REASON_ZH = {
    RefusalReason.ENDED: "播放已结束",
    RefusalReason.SILENT: "播放中断过久",
    RefusalReason.WINDOW_CLOSED: "学习期已结束",
    RefusalReason.CHECK_PENDING: "待人脸核验",
    RefusalReason.OUT_OF_ORDER: "进度报告顺序有误",
    RefusalReason.IMPOSSIBLE: "超出视频范围",
    RefusalReason.WRONG_RATE: "倍速播放",
    RefusalReason.SEEK_AHEAD: "快进",
    RefusalReason.TOO_FAST: "超出实际时间",
}


class Span(BaseModel):
    """[from_ms, to_ms) of the lesson's video."""

    from_ms: int
    to_ms: int


class Entry(BaseModel):
    """One report and what became of what it claimed."""

    report: int = Field(description="Its number in the session, as it was sent")
    received_at: datetime
    claimed: Span = Field(description="As it was sent")
    rate: float
    earned: Span | None = Field(description="Newly credited; null: nothing new")
    pending_ms: int = Field(description="Claimed and not paid for yet: for the next report to claim again")
    refusal: RefusalReason | None = Field(description="Why it earned nothing")
    refusal_zh: str | None


class BatchAnswer(BaseModel):
    """Reports of one play session, in the order in which they came."""

    session_id: str
    lesson_id: str
    entered_at: datetime
    ending: Ending | None = Field(description="Why the session has ended; null while it goes on")
    ended_at: datetime | None
    entries: list[Entry]
    refusals_left_out: int = Field(description="Refused reports beyond those that are listed")


class LessonTotals(BaseModel):
    """A lesson as a whole, whatever the page."""

    lesson_id: str
    title: str
    duration_ms: int
    earned_ms: int
    earned: list[Span] = Field(description="All that is credited, merged")
    pending_ms: int = Field(description="Of the session that goes on: claimed and not credited yet")
    refused: int = Field(description="Reports that earned nothing")


class LedgerAnswer(BaseModel):
    """One page of the ledger of an enrolment, the oldest first; the last one reaches up to now."""

    enrollment_id: str
    page: int
    pages: int
    up_to_date: bool = Field(description="false: the newest minutes are still on their way to the list")
    lessons: list[LessonTotals]
    batches: list[BatchAnswer]


@router.get("/enrollments/{enrollment_id}/ledger")
def show_ledger(enrollment_id: str, who: Reader, runtime: RuntimeDep, page: Page = 1) -> LedgerAnswer:
    """What was earned, is pending and was refused, report by report 学时台账.

    Learners see their own, organisations those of their courses, auditors any; all see the same.
    """
    found = runtime.ledger_reading.page(who, enrollment_id, page)
    durations = {progress.lesson_id: progress.duration_ms for progress, _ in found.lessons}
    return LedgerAnswer(
        enrollment_id=enrollment_id,
        page=found.number,
        pages=found.pages,
        up_to_date=found.up_to_date,
        lessons=[_totals(progress, ledger) for progress, ledger in found.lessons],
        batches=[_batch(batch, found, durations[batch.lesson_id]) for batch in found.batches],
    )


def _totals(progress: LessonProgress, ledger: LessonLedger) -> LessonTotals:
    return LessonTotals(
        lesson_id=progress.lesson_id,
        title=progress.title,
        duration_ms=progress.duration_ms,
        earned_ms=ledger.earned_ms,
        earned=_spans(ledger.earned),
        pending_ms=ledger.pending_ms,
        refused=ledger.refused,
    )


def _batch(batch: LedgerBatch, page: LedgerPage, duration_ms: int) -> BatchAnswer:
    session: PlaySession = page.sessions[batch.session_id]
    return BatchAnswer(
        session_id=batch.session_id,
        lesson_id=batch.lesson_id,
        entered_at=session.entered_at,
        ending=session.ending,
        ended_at=session.ended_at,
        entries=[_entry(record, duration_ms) for record in batch.reports],
        refusals_left_out=batch.refusals_left_out,
    )


def _entry(record: ReportRecord, duration_ms: int) -> Entry:
    reason, earned = RefusalReason(record.refusal) if record.refusal else None, earned_by(record)
    return Entry(
        report=record.number,
        received_at=record.received_at,
        claimed=Span(from_ms=record.from_ms, to_ms=record.to_ms),
        rate=record.rate,
        earned=_span(earned) if earned else None,
        pending_ms=pending_after(record, duration_ms),
        refusal=reason,
        refusal_zh=REASON_ZH[reason] if reason else None,
    )


def _spans(intervals: Iterable[Interval]) -> list[Span]:
    return [_span(interval) for interval in intervals]


def _span(interval: Interval) -> Span:
    return Span(from_ms=interval.from_ms, to_ms=interval.to_ms)

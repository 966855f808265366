"""Outages over HTTP: recorded by operators, listed for staff, and a notice for learners (R9)."""

from datetime import datetime, timedelta

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.enrollment.api.dependencies import Operator, RuntimeDep, Staff
from services.enrollment.application import outages
from services.enrollment.application.outages import OutageForm
from services.enrollment.domain.outage import Outage
from shared.domain.china_time import CHINA_TIME
from shared.domain.clock import utc_now
from shared.events.enrollment import OutageSource
from shared.http.access import Anyone
from shared.http.paging import Instant, Page

router = APIRouter(tags=["故障 outages"])
NOTICE = timedelta(days=30)


class NewOutage(BaseModel):
    """故障登记; without `ended_at` it goes on until it is ended."""

    component: str = Field(min_length=2, max_length=60, examples=["学习平台 learning"])
    reason: str = Field(min_length=2, max_length=500)
    began_at: Instant
    ended_at: Instant | None = None


class OutageEnd(BaseModel):
    """故障结束: now, or at an earlier time."""

    ended_at: Instant | None = None


class OutageView(BaseModel):
    """故障, for staff."""

    outage_id: str
    source: OutageSource
    component: str
    reason: str
    began_at: datetime
    ended_at: datetime | None
    recorded_by: str | None


class OutageNotice(BaseModel):
    """故障公告, for learners."""

    began_at: datetime
    ended_at: datetime | None
    text: str


@router.post("/outages", status_code=201)
def record_outage(new: NewOutage, who: Operator, runtime: RuntimeDep) -> OutageView:
    """故障登记: an operator, within 30 days ⚙. Every window that was open in it is extended."""
    form = OutageForm(**dict(new))
    return _view(outages.record(runtime.outages, form, who, utc_now(), within=runtime.settings.outage_age))


@router.post("/outages/{outage_id}/end")
def end_outage(outage_id: str, end: OutageEnd, who: Operator, runtime: RuntimeDep) -> OutageView:
    """故障结束: an operator. 409 outage.over when its end is recorded."""
    return _view(outages.end(runtime.outages, outage_id, who, end.ended_at, utc_now()))


@router.get("/outages")
def list_outages(who: Staff, runtime: RuntimeDep, page: Page = 1) -> list[OutageView]:
    """故障列表: staff; the newest first, 50 a page."""
    return [_view(outage) for outage in runtime.outages.newest(page)]


@router.get("/outages/notices")
def list_notices(who: Anyone, runtime: RuntimeDep, page: Page = 1) -> list[OutageNotice]:
    """故障公告: whoever is logged in; those of the last 30 days, the newest first, 50 a page."""
    recent = runtime.outages.newest(page, since=utc_now() - NOTICE)
    return [_notice(outage) for outage in recent]


def _view(outage: Outage) -> OutageView:
    return OutageView.model_validate(vars(outage) | {"outage_id": outage.id})


def _notice(outage: Outage) -> OutageNotice:
    began = f"{outage.began_at.astimezone(CHINA_TIME):%Y-%m-%d %H:%M:%S}"
    if outage.ended_at is None:
        text = f"系统自 {began} 起发生故障, 恢复后学习期将相应顺延. "
        text += f"The system has been out of order since {began}; study windows will be extended by as long."
    else:
        ended = f"{outage.ended_at.astimezone(CHINA_TIME):%Y-%m-%d %H:%M:%S}"
        text = f"系统于 {began} 至 {ended} 发生故障, 学习期已相应顺延. "
        text += f"The system was out of order from {began} to {ended}; study windows are extended by as long."
    return OutageNotice(began_at=outage.began_at, ended_at=outage.ended_at, text=text)

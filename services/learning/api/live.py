"""直播空间: notices of live sessions (R27)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.domain.live import LiveNotice, LiveSession
from shared.http.access import OrganisationStaff, PersonId
from shared.http.numbers import Whole
from shared.http.paging import Instant, Page

router = APIRouter(tags=["live 直播空间"])
Text = Annotated[str, Field(min_length=1, max_length=200)]


class NoticeInput(BaseModel):
    """What learners are told."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Text = Field(examples=["新清单规范答疑"])
    lecturer: Text = Field(description="主讲人")
    starts_at: Instant
    minutes: Whole = Field(description="1 to 600", examples=[90])
    link: str = Field(max_length=500, description="https address where it takes place")
    specialty: Text | None = Field(default=None, description="专业; all of the course when absent")


class LiveAnswer(BaseModel):
    """One live session."""

    live_session_id: str
    course_id: str
    title: str
    lecturer: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    link: str
    specialty: str | None
    cancelled: bool


class LiveListing(BaseModel):
    """A page of live sessions."""

    live_sessions: list[LiveAnswer]


@router.post("/courses/{course_id}/live-sessions", status_code=201)
def announce(
    course_id: str, notice: NoticeInput, who: OrganisationStaff, runtime: RuntimeDep, now: Now
) -> LiveAnswer:
    """Announce a live session 发布直播预告; 422 live.invalid names the field."""
    return _answer(runtime.live_room.announce(who, course_id, LiveNotice(**notice.model_dump()), now))


@router.get("/courses/{course_id}/live-sessions")
def list_announced(
    course_id: str, who: OrganisationStaff, runtime: RuntimeDep, page: Page = 1
) -> LiveListing:
    """All that were announced for a course, the latest first 直播列表; 50 a page."""
    return _listing(runtime.live_room.list_announced(who, course_id, page))


@router.put("/live-sessions/{session_id}")
def edit(
    session_id: str, notice: NoticeInput, who: OrganisationStaff, runtime: RuntimeDep, now: Now
) -> LiveAnswer:
    """Change the notice 修改直播预告; 409 live.over."""
    return _answer(runtime.live_room.edit(who, session_id, LiveNotice(**notice.model_dump()), now))


@router.post("/live-sessions/{session_id}/cancellation")
def cancel(session_id: str, who: OrganisationStaff, runtime: RuntimeDep, now: Now) -> LiveAnswer:
    """Cancel a live session 取消直播; learners see it as cancelled."""
    return _answer(runtime.live_room.cancel(who, session_id, now))


@router.get("/live-sessions")
def list_upcoming(person_id: PersonId, runtime: RuntimeDep, now: Now, page: Page = 1) -> LiveListing:
    """What is to come in my courses, the next first 直播预告; 50 a page."""
    return _listing(runtime.live_room.list_upcoming(person_id, page, now))


def _listing(sessions: list[LiveSession]) -> LiveListing:
    return LiveListing(live_sessions=[_answer(session) for session in sessions])


def _answer(session: LiveSession) -> LiveAnswer:
    notice = session.notice
    return LiveAnswer(
        live_session_id=session.id,
        course_id=session.course_id,
        title=notice.title,
        lecturer=notice.lecturer,
        starts_at=notice.starts_at,
        ends_at=session.ends_at,
        minutes=notice.minutes,
        link=notice.link,
        specialty=notice.specialty,
        cancelled=session.cancelled_at is not None,
    )

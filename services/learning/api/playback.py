"""播放: enter a lesson, see how far its session is, report positions (R17, R23)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.application.playback import Entry
from services.learning.domain import PlaySession, Report, SessionState
from shared.events.learning import Ending
from shared.http.access import Learner, PersonId
from shared.http.numbers import MAX_NUMBER, Integer

router = APIRouter(tags=["playback 播放"])
Milliseconds = Annotated[Integer, Field(description="Position in the video, in ms", strict=True)]


class EntryInput(BaseModel):
    """How to enter. `take_over`: end the session that goes on on another device of mine."""

    model_config = ConfigDict(extra="forbid")

    take_over: bool = False


class SessionAnswer(BaseModel):
    """A play session. While it awaits a check, proctor asks for one (`/api/proctor/checks`)."""

    session_id: str
    enrollment_id: str
    lesson_id: str
    state: SessionState
    ending: Ending | None = Field(description="Why it has ended")
    entered_at: datetime
    position_ms: int = Field(description="Play from here")
    covered_ms: int = Field(description="Credited video of the lesson")
    duration_ms: int
    next_report: int = Field(description="Number of the next report")
    report_period_s: int = Field(description="Report this often")
    silence_s: int = Field(description="Without a report for longer than this the session is over")


class NowPlaying(BaseModel):
    """Whose turn it is: at most one session of a learner goes on, on whatever device."""

    session: SessionAnswer | None
    mine: bool = Field(description="It was entered from the login that asks")


class ReportInput(BaseModel):
    """The player played [from_ms, to_ms) at `rate`."""

    model_config = ConfigDict(extra="forbid")

    report: int = Field(ge=1, le=MAX_NUMBER, strict=True, description="1, 2, 3 … within the session")
    from_ms: Milliseconds
    to_ms: Milliseconds
    rate: float = Field(gt=0, le=100, allow_inf_nan=False, examples=[1.0])


class ReportAnswer(BaseModel):
    """What the report earned, and where to go on."""

    credited_ms: int = Field(description="Newly credited video")
    pending_ms: int = Field(description="Claimed and not credited yet: claim it again with the next report")
    covered_ms: int = Field(description="Credited video of the lesson")
    position_ms: int = Field(description="The next report begins here")
    next_report: int = Field(description="Its number")
    state: SessionState = Field(description="awaiting_check: a face check is due, stop playing")


@router.post("/enrollments/{enrollment_id}/lessons/{lesson_id}/sessions", status_code=201)
def enter_lesson(
    enrollment_id: str,
    lesson_id: str,
    person_id: PersonId,
    who: Learner,
    runtime: RuntimeDep,
    now: Now,
    how: EntryInput | None = None,
) -> SessionAnswer:
    """Enter a lesson 进入课程: the new session awaits its start check.

    Entering the same lesson again from the same login goes on with the session that is there.
    403 identity.unverified; 409 study.expired, study.completed, study.closed, lesson.completed;
    409 session.elsewhere when another device plays: enter with take_over to end that session;
    429 session.too_many.
    """
    entry = Entry(
        person_id=person_id,
        login_id=who.session_id or "",
        enrollment_id=enrollment_id,
        lesson_id=lesson_id,
        take_over=how is not None and how.take_over,
    )
    return _session(runtime.playback.enter(entry, now))


@router.get("/playing")
def now_playing(person_id: PersonId, who: Learner, runtime: RuntimeDep, now: Now) -> NowPlaying:
    """Whose turn it is 正在播放: ask before another device's session is ended."""
    session = runtime.playback.now_playing(person_id, now)
    mine = session is not None and session.login_id == (who.session_id or "")
    return NowPlaying(session=_session(session) if session else None, mine=mine)


@router.get("/enrollments/{enrollment_id}/sessions/{session_id}")
def show_session(
    enrollment_id: str, session_id: str, person_id: PersonId, runtime: RuntimeDep
) -> SessionAnswer:
    """The state of a session of mine 播放状态."""
    return _session(runtime.playback.show(enrollment_id, session_id, person_id=person_id))


@router.post("/enrollments/{enrollment_id}/sessions/{session_id}/reports")
async def report_position(
    enrollment_id: str,
    session_id: str,
    report: ReportInput,
    person_id: PersonId,
    runtime: RuntimeDep,
    now: Now,
) -> ReportAnswer:
    """Report what was played 进度报告. Sending the last one again is safe and answered the same.

    A refusal says in `next_report` and `position_ms` where to go on, and is recorded: 409 check.pending,
    session.ended, session.silent, study.expired, report.out_of_order, report.seek_ahead, report.too_fast,
    report.wrong_rate; 422 report.impossible.
    """
    played = Report(number=report.report, from_ms=report.from_ms, to_ms=report.to_ms, rate=report.rate)
    outcome = await runtime.playback.report_together(
        enrollment_id, session_id, played, person_id=person_id, now=now
    )
    return ReportAnswer(
        credited_ms=outcome.credited_ms,
        pending_ms=outcome.pending_ms,
        covered_ms=outcome.covered_ms,
        position_ms=outcome.position_ms,
        next_report=outcome.next_report,
        state=outcome.state,
    )


def _session(session: PlaySession) -> SessionAnswer:
    return SessionAnswer(
        session_id=session.id,
        enrollment_id=session.enrollment_id,
        lesson_id=session.lesson_id,
        state=session.state,
        ending=session.ending,
        entered_at=session.entered_at,
        position_ms=session.covered_ms,
        covered_ms=session.covered_ms,
        duration_ms=session.duration_ms,
        next_report=session.reports + 1,
        report_period_s=session.policy.report_period_s,
        silence_s=session.policy.silence_s,
    )

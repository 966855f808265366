"""播放: enter a lesson, see how far its session is, report positions (R17, R23)."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api.dependencies import Now, RuntimeDep
from services.learning.application.studies import own_study
from services.learning.domain import RefusalReason, Report, SessionState, Study
from shared.http.access import PersonId
from shared.http.numbers import Integer, Whole

router = APIRouter(tags=["playback 播放"])
Milliseconds = Annotated[Integer, Field(description="Position in the video, in ms", strict=True)]


class SessionAnswer(BaseModel):
    """A play session. While it awaits a check, proctor asks for one (`/api/proctor/checks`)."""

    session_id: str
    lesson_id: str
    state: SessionState
    position_ms: int = Field(description="Play from here")
    covered_ms: int = Field(description="Credited video of the lesson")
    duration_ms: int
    next_report: int = Field(description="Number of the next report")
    report_period_s: int = Field(description="Report this often")


class ReportInput(BaseModel):
    """The player played [from_ms, to_ms) at `rate`."""

    model_config = ConfigDict(extra="forbid")

    report: Whole = Field(ge=1, strict=True, description="1, 2, 3 … within the session")
    from_ms: Milliseconds
    to_ms: Milliseconds
    rate: float = Field(gt=0, le=100, allow_inf_nan=False, examples=[1.0])


class ReportAnswer(BaseModel):
    """What the report earned."""

    credited_ms: int = Field(description="Newly credited video")
    covered_ms: int = Field(description="Credited video of the lesson")
    state: SessionState
    refused: RefusalReason | None = Field(description="Why it earned nothing; recorded")


@router.post("/enrollments/{enrollment_id}/lessons/{lesson_id}/sessions", status_code=201)
def enter_lesson(
    enrollment_id: str, lesson_id: str, person_id: PersonId, runtime: RuntimeDep, now: Now
) -> SessionAnswer:
    """Enter a lesson 进入课程: any other session of mine ends, and this one awaits its start check.

    403 identity.unverified; 409 study.expired, study.completed, study.closed, lesson.completed.
    """
    study, session_id = runtime.playback.enter(enrollment_id, lesson_id, person_id=person_id, now=now)
    return _session(study, session_id)


@router.get("/enrollments/{enrollment_id}/sessions/{session_id}")
def show_session(
    enrollment_id: str, session_id: str, person_id: PersonId, runtime: RuntimeDep
) -> SessionAnswer:
    """The state of a session of mine 播放状态."""
    return _session(own_study(runtime.studies, enrollment_id, person_id), session_id)


@router.post("/enrollments/{enrollment_id}/sessions/{session_id}/reports")
def report_position(
    enrollment_id: str,
    session_id: str,
    report: ReportInput,
    person_id: PersonId,
    runtime: RuntimeDep,
    now: Now,
) -> ReportAnswer:
    """Report what was played 进度报告. Sending the last one again is safe and answered the same.

    409 report.out_of_order (facts.expected), check.pending, session.ended, study.expired;
    422 report.impossible.
    """
    played = Report(number=report.report, from_ms=report.from_ms, to_ms=report.to_ms, rate=report.rate)
    outcome = runtime.playback.report(enrollment_id, session_id, played, person_id=person_id, now=now)
    return ReportAnswer(
        credited_ms=outcome.credited_ms,
        covered_ms=outcome.covered_ms,
        state=outcome.state,
        refused=outcome.refusal,
    )


def _session(study: Study, session_id: str) -> SessionAnswer:
    progress = study.lesson(study.sessions.lesson_of(session_id))
    return SessionAnswer(
        session_id=session_id,
        lesson_id=progress.lesson_id,
        state=study.sessions.state_of(session_id),
        position_ms=study.sessions.position_in(session_id, progress.position_ms),
        covered_ms=progress.covered_ms,
        duration_ms=progress.duration_ms,
        next_report=study.sessions.reports_of(session_id) + 1,
        report_period_s=study.policy.report_period_s,
    )

"""播放: enter a lesson, see how its session stands, report positions (R17, R23)."""

import secrets
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.learning.api.access import Now, decide, learner_of, learners, own_study, studies
from services.learning.domain import Refusal, Report, SessionState, Study, Turn
from services.learning.domain.errors import SessionOver
from shared.http.access import Learner

router = APIRouter(tags=["playback 播放"])
Milliseconds = Annotated[int, Field(description="Position in the video, in ms", strict=True)]


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

    report: int = Field(ge=1, strict=True, description="1, 2, 3 … within the session")
    from_ms: Milliseconds
    to_ms: Milliseconds
    rate: float = Field(gt=0, le=100, allow_inf_nan=False, examples=[1.0])


class ReportAnswer(BaseModel):
    """What the report earned."""

    credited_ms: int = Field(description="Newly credited video")
    covered_ms: int = Field(description="Credited video of the lesson")
    state: SessionState
    refused: Refusal | None = Field(description="Why it earned nothing; recorded")


@router.post("/enrollments/{enrollment_id}/lessons/{lesson_id}/sessions", status_code=201)
def enter_lesson(enrollment_id: str, lesson_id: str, who: Learner, now: Now) -> SessionAnswer:
    """Enter a lesson 进入课程: any other session of mine ends, and this one awaits its start check.

    403 identity.unverified; 409 study.expired, study.completed, study.closed, lesson.completed.
    """
    study = own_study(enrollment_id, who)
    learner_of(study).check_may_learn(enrollment_id)
    study.check_may_enter(lesson_id, now)
    turn = _take_turn(study)
    study = studies.update_and_get(enrollment_id, lambda it: it.enter(lesson_id, turn, now))
    _give_way(study, turn)
    return _session(study, turn.session_id)


@router.get("/enrollments/{enrollment_id}/sessions/{session_id}")
def show_session(enrollment_id: str, session_id: str, who: Learner) -> SessionAnswer:
    """How a session of mine stands 播放状态."""
    return _session(own_study(enrollment_id, who), session_id)


@router.post("/enrollments/{enrollment_id}/sessions/{session_id}/reports")
def report_position(
    enrollment_id: str, session_id: str, report: ReportInput, who: Learner, now: Now
) -> ReportAnswer:
    """Report what was played 进度报告. Sending the last one again is safe and answered the same.

    409 report.out_of_order (facts.expected), check.pending, session.ended, study.expired;
    422 report.impossible.
    """
    # `now` was taken before the turn is looked up; domain.learner says why that matters.
    has_turn = learner_of(own_study(enrollment_id, who)).has_turn(session_id)
    told = Report(number=report.report, from_ms=report.from_ms, to_ms=report.to_ms, rate=report.rate)
    answer = decide(
        studies, enrollment_id, lambda it: it.report(session_id, told, has_turn=has_turn, now=now)
    )
    return ReportAnswer(
        credited_ms=answer.credited_ms,
        covered_ms=answer.covered_ms,
        state=answer.state,
        refused=answer.refused,
    )


def _take_turn(study: Study) -> Turn:
    """The new session gets the turn of the person; the session that had it ends, in whatever study it is."""
    session_id = secrets.token_hex(16)
    before, turn = decide(learners, study.person_id, lambda it: it.take_turn(study.id, session_id))
    if before and before.enrollment_id != study.id:
        studies.update(before.enrollment_id, lambda it: it.supersede(before.session_id))
    return turn


def _give_way(study: Study, turn: Turn) -> None:
    """A turn taken between ours and our entering did not find our session to end it. Raises SessionOver."""
    if not learner_of(study).has_turn(turn.session_id):
        studies.update(study.id, lambda it: it.supersede(turn.session_id))
        raise SessionOver()


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

"""Face checks over HTTP (R17, R18). Scores never leave this service towards a learner (R20)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile
from pydantic import BaseModel, Field

from services.proctor.api.dependencies import RuntimeDep
from services.proctor.application import checks
from services.proctor.domain import Check, CheckState
from shared.domain.clock import utc_now
from shared.events.proctor import Moment
from shared.http.access import PersonId

router = APIRouter(tags=["人脸核验 checks"])


class CheckView(BaseModel):
    """核验 as its learner sees it."""

    check_id: str
    moment: Moment
    state: CheckState
    reason: str | None = Field(
        description="why it failed, or why another frame is wanted: too_dark, no_face …"
    )
    deadline: datetime | None = Field(description="answers count until then")
    opens_at: datetime | None = Field(description="of a cooling check: when it is requested")


@router.get("/checks")
def list_checks(
    session_id: Annotated[str, Query(max_length=64)], person_id: PersonId, runtime: RuntimeDep
) -> list[CheckView]:
    """核验 of one of the learner's play sessions; empty until the first is requested."""
    return [_view(check) for check in checks.of_session(runtime.sessions, person_id, session_id)]


@router.get("/checks/{check_id}")
def get_check(check_id: str, person_id: PersonId, runtime: RuntimeDep) -> CheckView:
    """核验."""
    return _view(checks.get(runtime.sessions, person_id, check_id))


@router.post("/checks/{check_id}/answer", status_code=202)
def answer_check(
    check_id: str,
    frame: Annotated[UploadFile, File(description="one frame of the camera: JPEG or PNG, at most 1 MB")],
    person_id: PersonId,
    runtime: RuntimeDep,
) -> CheckView:
    """作答: within the deadline; a frame that cannot be judged may be followed by another, three in all."""
    check = checks.answer(
        runtime.sessions, runtime.profiles, runtime.images, person_id, check_id, frame.file, utc_now
    )
    return _view(check)


def _view(check: Check) -> CheckView:
    return CheckView(
        check_id=check.id,
        moment=check.moment,
        state=check.state,
        reason=check.reason,
        deadline=check.deadline,
        opens_at=check.opens_at,
    )

"""Face checks over HTTP (R17, R18). Scores never leave this service towards a learner (R20)."""

import secrets
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, UploadFile
from pydantic import BaseModel, Field

from services.proctor import object_keys
from services.proctor.adapters.pictures import read_frame
from services.proctor.api.consent import own_profile, person_of
from services.proctor.domain import Check, CheckState, Watch
from services.proctor.domain.jobs import part_of
from services.proctor.runtime import ProctorApiRuntime
from services.proctor.storage import Watches
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.domain.principal import Principal
from shared.events.proctor import Moment
from shared.http.access import Learner, runtime_of

router = APIRouter(tags=["人脸核验 checks"])
watches = Watches()
Running = Annotated[ProctorApiRuntime, Depends(runtime_of(ProctorApiRuntime))]
MOST_FRAME_BYTES = 1_000_000


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
def list_checks(session_id: Annotated[str, Query(max_length=64)], who: Learner) -> list[CheckView]:
    """核验 of one of the learner's play sessions; empty until the first is requested."""
    found = watches.find(_id=session_id, person_id=person_of(who), limit=1)
    return [_view(check) for watch in found for check in watch.checks]


@router.get("/checks/{check_id}")
def get_check(check_id: str, who: Learner) -> CheckView:
    """核验."""
    return _view(_own(check_id, who).check(check_id))


@router.post("/checks/{check_id}/answer", status_code=202)
def answer_check(
    check_id: str,
    frame: Annotated[UploadFile, File(description="one frame of the camera: JPEG or PNG, at most 1 MB")],
    who: Learner,
    running: Running,
) -> CheckView:
    """作答: within the deadline; a frame that cannot be judged may be followed by another, three in all."""
    watch, reference = _own(check_id, who), own_profile(who).reference()
    watch.check(check_id).check_open(utc_now())
    content = read_frame(frame.file, MOST_FRAME_BYTES)
    key = object_keys.check_frame(watch.person_id, check_id, secrets.token_hex(8))
    running.objects(object_keys.EVIDENCE).put_sealed(watch.person_id, key, content)
    answered = watches.update_and_get(watch.id, lambda it: it.answer(check_id, key, reference, utc_now()))
    return _view(answered.check(check_id))


def _own(check_id: str, who: Principal) -> Watch:
    """The watch of the check, if it is the learner's; a foreign one does not exist for them."""
    session_id, _ = part_of(check_id)
    found = watches.find(_id=session_id, person_id=person_of(who), limit=1)
    if not found:
        raise NotFound(what="Check")
    return found[0]


def _view(check: Check) -> CheckView:
    return CheckView(
        check_id=check.id,
        moment=check.moment,
        state=check.state,
        reason=check.reason,
        deadline=check.deadline,
        opens_at=check.opens_at,
    )

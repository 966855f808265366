"""Identity verification over HTTP (R16): a frontal photo, then frames that follow the prompts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from pydantic import BaseModel, Field

from services.proctor.api.dependencies import RuntimeDep
from services.proctor.application import verifications
from services.proctor.domain import Verification, VerificationState
from services.proctor.domain.verification import MAX_FRAMES_PER_PROMPT, NEUTRAL_FRAMES, Prompt
from shared.domain.clock import utc_now
from shared.http.access import PersonId

router = APIRouter(tags=["实名认证 verifications"])


class Begun(BaseModel):
    """What the camera is to film: the neutral face, then each prompt from rest to rest."""

    verification_id: str
    prompts: list[Prompt]
    neutral_frames: int = Field(description="at least so many frames of the neutral face come first")
    frames_per_prompt: int = Field(description="at most so many frames for each prompt")
    expires_at: datetime


class VerificationView(BaseModel):
    """认证 as its learner sees it."""

    verification_id: str
    state: VerificationState
    reason: str | None = Field(description="of a refusal: expired, not_live, mismatch, too_dark …")


@router.post("/verifications", status_code=201)
def begin_verification(
    photo: Annotated[UploadFile, File(description="正面照: JPEG or PNG, at most 5 MB")],
    person_id: PersonId,
    runtime: RuntimeDep,
) -> Begun:
    """开始认证: a learner who has consented and declared; an open one is replaced."""
    policy = runtime.settings.verification_policy
    verification = verifications.begin(
        runtime.profiles, runtime.images, policy, person_id, photo.file, utc_now()
    )
    return Begun(
        verification_id=verification.id,
        prompts=verification.prompts,
        neutral_frames=NEUTRAL_FRAMES,
        frames_per_prompt=MAX_FRAMES_PER_PROMPT,
        expires_at=verification.expires_at,
    )


@router.post("/verifications/{verification_id}/frames", status_code=202)
def submit_frames(
    verification_id: str,
    frames: Annotated[list[UploadFile], File(description="JPEG or PNG, at most 400 kB each, in order")],
    person_id: PersonId,
    runtime: RuntimeDep,
) -> VerificationView:
    """提交画面: once for a verification, before it expires."""
    files, now = [frame.file for frame in frames], utc_now()
    verification = verifications.submit_frames(
        runtime.profiles, runtime.images, person_id, verification_id, files, now
    )
    return _view(verification, now)


@router.get("/verifications/{verification_id}")
def get_verification(verification_id: str, person_id: PersonId, runtime: RuntimeDep) -> VerificationView:
    """认证结果."""
    return _view(runtime.profiles.of(person_id).verification(verification_id), utc_now())


def _view(verification: Verification, now: datetime) -> VerificationView:
    return VerificationView(
        verification_id=verification.id,
        state=verification.state_at(now),
        reason=verification.reason_at(now),
    )

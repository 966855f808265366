"""Identity verification over HTTP (R16): a frontal photo, then frames that follow the prompts."""

import secrets
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, File, UploadFile
from pydantic import BaseModel, Field

from services.proctor import object_keys
from services.proctor.adapters.pictures import read_frame
from services.proctor.api.consent import own_profile, person_of
from services.proctor.domain import VerificationState
from services.proctor.domain.verification import (
    FRAMES_PER_PROMPT,
    NEUTRAL_FRAMES,
    Prompt,
    Verification,
    draw_prompts,
)
from services.proctor.runtime import ProctorApiRuntime
from services.proctor.storage import FaceProfiles
from shared.domain.clock import utc_now
from shared.http.access import Learner, runtime_of

router = APIRouter(tags=["实名认证 verifications"])
profiles = FaceProfiles()
Running = Annotated[ProctorApiRuntime, Depends(runtime_of(ProctorApiRuntime))]
MOST_PHOTO_BYTES = 5_000_000
MOST_FRAME_BYTES = 400_000


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
    who: Learner,
    running: Running,
) -> Begun:
    """开始认证: a learner who has consented and declared; an open one is replaced."""
    person_id, id, policy = person_of(who), secrets.token_hex(16), running.settings.verification
    own_profile(who).check_may_begin(policy, utc_now())
    content, key = read_frame(photo.file, MOST_PHOTO_BYTES), object_keys.frontal_photo(person_id, id)
    running.objects(object_keys.EVIDENCE).put_sealed(person_id, key, content)
    prompts = draw_prompts()
    profile = profiles.update_and_get(person_id, lambda it: it.begin(id, prompts, key, policy, utc_now()))
    return _begun(profile.verification(id))


@router.post("/verifications/{verification_id}/frames", status_code=202)
def submit_frames(
    verification_id: str,
    frames: Annotated[list[UploadFile], File(description="JPEG or PNG, at most 400 kB each, in order")],
    who: Learner,
    running: Running,
) -> VerificationView:
    """提交画面: once for a verification, before it expires."""
    person_id = person_of(who)
    own_profile(who).check_takes_frames(verification_id, len(frames), utc_now())
    contents = [read_frame(frame.file, MOST_FRAME_BYTES) for frame in frames]
    keys = _store(person_id, verification_id, contents, running)
    profile = profiles.update_and_get(
        person_id, lambda it: it.submit_frames(verification_id, keys, utc_now())
    )
    return _view(profile.verification(verification_id))


@router.get("/verifications/{verification_id}")
def get_verification(verification_id: str, who: Learner) -> VerificationView:
    """认证结果."""
    return _view(own_profile(who).verification(verification_id))


def _store(
    person_id: str, verification_id: str, contents: list[bytes], running: ProctorApiRuntime
) -> list[str]:
    """Seal the frames; a key is written once, so that evidence is never replaced."""
    evidence, nonce = running.objects(object_keys.EVIDENCE), secrets.token_hex(4)
    keys = [
        object_keys.liveness_frame(person_id, verification_id, nonce, number)
        for number, _ in enumerate(contents)
    ]
    for key, content in zip(keys, contents, strict=True):
        evidence.put_sealed(person_id, key, content)
    return keys


def _begun(verification: Verification) -> Begun:
    return Begun(
        verification_id=verification.id,
        prompts=verification.prompts,
        neutral_frames=NEUTRAL_FRAMES,
        frames_per_prompt=FRAMES_PER_PROMPT,
        expires_at=verification.expires_at,
    )


def _view(verification: Verification) -> VerificationView:
    now = utc_now()
    return VerificationView(
        verification_id=verification.id,
        state=verification.state_at(now),
        reason=verification.reason_at(now),
    )

"""Consent to face processing over HTTP (R16)."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.proctor.api.dependencies import RuntimeDep
from services.proctor.application import consent as consents
from services.proctor.domain import FaceProfile
from shared.domain.clock import utc_now
from shared.http.access import PersonId

router = APIRouter(tags=["同意 consent"])


class Consent(BaseModel):
    """同意人脸信息处理: given for one version of the text, and for nothing else."""

    accepted: Literal[True]
    text_version: str = Field(pattern=r"^[0-9A-Za-z._-]{1,32}$", examples=["2026-01"])


class ConsentView(BaseModel):
    """同意 in force; both are null when there is none."""

    text_version: str | None
    given_at: datetime | None


@router.post("/consent")
def give_consent(consent: Consent, person_id: PersonId, runtime: RuntimeDep) -> ConsentView:
    """同意: the learner; the same version again changes nothing."""
    return _view(consents.give(runtime.profiles, person_id, consent.text_version, utc_now()))


@router.get("/consent")
def get_consent(person_id: PersonId, runtime: RuntimeDep) -> ConsentView:
    """同意 of the learner."""
    return _view(runtime.profiles.of(person_id))


@router.delete("/consent", status_code=204)
def withdraw_consent(person_id: PersonId, runtime: RuntimeDep) -> None:
    """撤回同意: what was verified is deleted and must be verified again, after a new consent."""
    consents.withdraw(runtime.profiles, person_id)


def _view(profile: FaceProfile) -> ConsentView:
    return ConsentView(text_version=profile.consent_version, given_at=profile.consented_at)

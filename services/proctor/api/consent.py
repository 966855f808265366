"""Consent to face processing over HTTP (R16)."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.proctor.domain import FaceProfile
from services.proctor.storage import FaceProfiles
from shared.domain.clock import utc_now
from shared.domain.errors import NotFound
from shared.domain.principal import Forbidden, Principal
from shared.http.access import Learner

router = APIRouter(tags=["同意 consent"])
profiles = FaceProfiles()


class Consent(BaseModel):
    """同意人脸信息处理: given for one version of the text, and for nothing else."""

    accepted: Literal[True]
    text_version: str = Field(pattern=r"^[0-9A-Za-z._-]{1,32}$", examples=["2026-01"])


class ConsentView(BaseModel):
    """同意 in force; both are null when there is none."""

    text_version: str | None
    given_at: datetime | None


@router.post("/consent")
def give_consent(consent: Consent, who: Learner) -> ConsentView:
    """同意: the learner; the same version again changes nothing."""
    profile = profiles.upsert(
        FaceProfile(id=person_of(who)), lambda it: it.give_consent(consent.text_version, utc_now())
    )
    return _view(profile)


@router.get("/consent")
def get_consent(who: Learner) -> ConsentView:
    """同意 of the learner."""
    return _view(own_profile(who))


@router.delete("/consent", status_code=204)
def withdraw_consent(who: Learner) -> None:
    """撤回同意: what was verified is deleted and must be verified anew, after a new consent."""
    profiles.upsert(FaceProfile(id=person_of(who)), lambda it: it.withdraw_consent())


def person_of(who: Principal) -> str:
    """The learner's person. Raises Forbidden for an account without one."""
    if who.person_id is None:
        raise Forbidden()
    return who.person_id


def own_profile(who: Principal) -> FaceProfile:
    """The learner's profile, an empty one if nothing is known yet."""
    person_id = person_of(who)
    try:
        return profiles.get(person_id)
    except NotFound:
        return FaceProfile(id=person_id)


def _view(profile: FaceProfile) -> ConsentView:
    return ConsentView(text_version=profile.consent_version, given_at=profile.consented_at)

"""Consent to face processing, and what its withdrawal deletes (R16)."""

from datetime import datetime

from services.proctor.adapters.face_images import FaceImages
from services.proctor.domain import FaceProfile, VerificationState
from services.proctor.storage import FaceProfiles
from shared.events.proctor import ConsentWithdrawn


def give(profiles: FaceProfiles, person_id: str, text_version: str, now: datetime) -> FaceProfile:
    """同意: to one version of the text; the same again changes nothing."""
    return profiles.upsert(FaceProfile(id=person_id), lambda profile: profile.give_consent(text_version, now))


def withdraw(profiles: FaceProfiles, person_id: str) -> None:
    """撤回同意: what was verified no longer serves, and must be verified again after a new consent."""
    profiles.upsert(FaceProfile(id=person_id), lambda profile: profile.withdraw_consent())


def delete_references(profiles: FaceProfiles, images: FaceImages, withdrawn: ConsentWithdrawn) -> None:
    """撤回同意: the pictures and embeddings that checks were compared with go at once."""
    for verification in profiles.get(withdrawn.person_id).verifications:
        if verification.state is VerificationState.VERIFIED:
            images.delete_reference(withdrawn.person_id, verification.id)

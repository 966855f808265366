"""What becomes of an uploaded declaration photo: judged, then declared or deleted (R3)."""

from services.proctor.adapters.face_images import FaceImages
from services.proctor.domain import FaceProfile
from services.proctor.domain.photo import PhotoRulesByCategory, PhotoStatus
from services.proctor.storage import FaceProfiles, Photos
from shared.events.enrollment import DeclarationSubmitted
from shared.events.proctor import JobDone


def conclude(photos: Photos, images: FaceImages, rules: PhotoRulesByCategory, done: JobDone) -> None:
    """审查: the worker has measured a photo; a refused one is deleted at once."""
    photo = photos.update_and_get(
        done.job_id, lambda photo: photo.conclude(done, rules[photo.category]), because=done
    )
    if photo.status is PhotoStatus.REFUSED:
        images.delete_upload(photo.object_key)


def adopt(photos: Photos, profiles: FaceProfiles, images: FaceImages, declared: DeclarationSubmitted) -> None:
    """The declared photo moves from its own key to the person's. Raises PhotoNotAccepted."""
    photos.update(declared.photo_id, lambda photo: photo.adopt(declared.enrollment_id))
    key = images.copy_to_person(declared.photo_id, declared.person_id, declared.enrollment_id)
    profiles.upsert(
        FaceProfile(id=declared.person_id), lambda profile: profile.declare(key), because=declared
    )

"""Identity verification (R16): a frontal photo, then frames that follow the prompts.

Pictures are stored before the profile is written, because the worker may fetch them as soon as it is. So the
profile is asked first whether it takes them, and the write asks again.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from services.proctor.adapters.face_images import FaceImages
from services.proctor.adapters.pictures import read_frame
from services.proctor.domain import Verification, VerificationPolicy
from services.proctor.domain.ids import split_id
from services.proctor.domain.jobs import FaceOutcome
from services.proctor.domain.verification import MAX_FRAME_BYTES, MAX_PHOTO_BYTES, draw_prompts
from services.proctor.storage import FaceProfiles
from shared.events.proctor import JobDone


def begin(
    profiles: FaceProfiles,
    images: FaceImages,
    policy: VerificationPolicy,
    person_id: str,
    photo: BinaryIO,
    now: datetime,
) -> Verification:
    """开始认证: an open one is replaced.

    Raises as `FaceProfile.check_may_begin`, FrameTooLarge, FrameUnreadable.
    """
    profiles.of(person_id).check_may_begin(policy, now)
    id, prompts = secrets.token_hex(16), draw_prompts()
    key = images.put_frontal(person_id, id, read_frame(photo, MAX_PHOTO_BYTES))
    with images.forgotten_unless_taken(key):
        return profiles.update(person_id, lambda profile: profile.begin(id, prompts, key, policy, now))


def submit_frames(
    profiles: FaceProfiles,
    images: FaceImages,
    person_id: str,
    verification_id: str,
    frames: Sequence[BinaryIO],
    now: datetime,
) -> Verification:
    """提交画面: once for a verification, before it expires.

    Raises as `FaceProfile.check_takes_frames`, FrameTooLarge, FrameUnreadable.
    """
    profiles.of(person_id).check_takes_frames(verification_id, len(frames), now)
    contents = [read_frame(frame, MAX_FRAME_BYTES) for frame in frames]
    keys = images.put_liveness_frames(person_id, verification_id, contents)
    with images.forgotten_unless_taken(*keys):
        return profiles.update(person_id, lambda profile: profile.submit_frames(verification_id, keys, now))


def conclude(profiles: FaceProfiles, images: FaceImages, done: JobDone) -> None:
    """认证结论: on a match the frontal photo becomes the reference, unless consent is withdrawn by then."""
    person_id, verification_id = split_id(done.job_id)
    matched = done.outcome == FaceOutcome.MATCH
    if matched:
        images.put_reference(person_id, verification_id)
    profile = profiles.update_and_get(person_id, lambda profile: profile.conclude(done), because=done)
    if matched and not profile.refers_to(verification_id):
        images.delete_reference(person_id, verification_id)

"""What proctor (实名认证与人脸核验) publishes. Scores are for auditors, never for the learner (R20)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.events.base import Event, event


class Moment(StrEnum):
    """核验时点: when a face check falls due (R17)."""

    START = "start"  # on entering the lesson
    UNFORESEEN = "unforeseen"  # at a moment drawn by lot


class JobKind(StrEnum):
    """人脸任务类别: what the face worker is asked to do (R3, R16, R17)."""

    PHOTO = "photo"  # measure a declaration photo (R3)
    LIVENESS = "liveness"  # follow the prompts and match the declared photo (R16)
    CHECK = "check"  # match one frame with the reference (R17)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """核验证据: what a face decision rests on (R20)."""

    outcome: str  # match, mismatch, no_face, several_faces, too_dark, too_small, not_live, spoof …
    distance: float | None  # L2 between embeddings
    threshold: float
    model: str
    model_version: str  # SHA-256 of the weights
    liveness: dict[str, Any] = field(default_factory=dict)  # figures for each prompt
    antispoof: str = "absent"  # real, spoof, absent
    object_keys: list[str] = field(default_factory=list)  # sealed frames in the evidence bucket


@event("proctor.photo.examined.v1")
class PhotoExamined(Event):
    """照片审查: a declaration photo was measured and accepted or refused (R3)."""

    photo_id: str
    sha256: str
    accepted: bool
    code: str | None  # the rule that failed


@event("proctor.consent.given.v1")
class ConsentGiven(Event):
    """同意人脸信息处理: separate and revocable (R16)."""

    person_id: str
    text_version: str


@event("proctor.consent.withdrawn.v1")
class ConsentWithdrawn(Event):
    """撤回同意: nothing of this face may be used from now on (R16)."""

    person_id: str


@event("proctor.job.queued.v1")
class JobQueued(Event):
    """人脸任务下达: work for the face worker; objects are sealed with the owner's key (R3, R16, R17)."""

    job_id: str
    kind: JobKind
    owner: str  # id under which the keyring holds the key
    frame_keys: list[str]
    reference_key: str | None = None  # declared photo or reference photo to compare with
    prompts: list[str] = field(default_factory=list)


@event("proctor.job.done.v1")
class JobDone(Event):
    """人脸任务完成: the face worker's answer; `figures` depends on the kind (R3, R16, R17)."""

    job_id: str
    kind: JobKind
    outcome: str
    figures: dict[str, Any]
    model: str
    model_version: str


@event("proctor.identity.verified.v1")
class IdentityVerified(Event):
    """实名认证通过: live, and the same face as the declared photo (R16)."""

    person_id: str
    verification_id: str
    evidence: Evidence


@event("proctor.identity.refused.v1")
class IdentityRefused(Event):
    """实名认证不通过: not live, or not the declared face; it can be tried again (R16)."""

    person_id: str
    verification_id: str
    evidence: Evidence


@event("proctor.schedule.drawn.v1")
class ScheduleDrawn(Event):
    """抽签: a session's face checks were drawn from a secret seed, of which this is the SHA-256 (R17)."""

    session_id: str
    enrollment_id: str
    lesson_id: str
    seed_hash: str


@event("proctor.schedule.revealed.v1")
class ScheduleRevealed(Event):
    """公布种子: the session is over; anyone can compute its moments again (R17)."""

    session_id: str
    enrollment_id: str
    seed: str
    unforeseen_at_ms: int | None  # of credited video


@event("proctor.check.requested.v1")
class FaceCheckRequested(Event):
    """人脸核验发起: a check fell due and must be answered before `deadline` (R17, R18)."""

    check_id: str
    session_id: str
    enrollment_id: str
    person_id: str
    lesson_id: str
    moment: Moment
    deadline: datetime


@event("proctor.check.passed.v1")
class FaceCheckPassed(Event):
    """人脸核验通过: the face in front of the camera is the learner's (R18)."""

    check_id: str
    session_id: str
    enrollment_id: str
    person_id: str
    lesson_id: str
    moment: Moment
    evidence: Evidence
    lease: str | None = None  # how far the credit may run now: a JWE that only learning can read (R17)


@event("proctor.check.failed.v1")
class FaceCheckFailed(Event):
    """人脸核验不通过或超时: the lesson pauses where it is (R18)."""

    check_id: str
    session_id: str
    enrollment_id: str
    person_id: str
    lesson_id: str
    moment: Moment
    reason: str  # missed, left, or the evidence's outcome
    evidence: Evidence | None


@event("proctor.review.requested.v1")
class ReviewRequested(Event):
    """请求人工复核: face checks failed so often in a row that a person must look (R18)."""

    enrollment_id: str
    person_id: str
    lesson_id: str
    session_id: str
    failures: int  # in a row, of the person in whatever lesson

"""Builds the events that sessions and profiles record."""

from datetime import datetime
from typing import Any, Protocol

from services.proctor.domain.check import Check
from services.proctor.domain.ids import join_id
from services.proctor.domain.jobs import evidence_of
from services.proctor.domain.schedule import seed_hash
from services.proctor.domain.verification import Verification
from shared.events.proctor import (
    FaceCheckFailed,
    FaceCheckPassed,
    FaceCheckRequested,
    JobDone,
    JobKind,
    JobQueued,
    ReviewRequested,
    ScheduleDrawn,
    ScheduleRevealed,
)


class SessionIds(Protocol):
    """A session, as its events name it."""

    id: str
    enrollment_id: str
    person_id: str
    lesson_id: str


def schedule_drawn(session: SessionIds, seed: bytes) -> ScheduleDrawn:
    """抽签: the commitment to the seed (R17)."""
    return ScheduleDrawn(
        session_id=session.id,
        enrollment_id=session.enrollment_id,
        lesson_id=session.lesson_id,
        seed_hash=seed_hash(seed),
    )


def schedule_revealed(session: SessionIds, seed: bytes, unforeseen_at_ms: int | None) -> ScheduleRevealed:
    """公布种子 (R17)."""
    return ScheduleRevealed(
        session_id=session.id,
        enrollment_id=session.enrollment_id,
        seed=seed.hex(),
        unforeseen_at_ms=unforeseen_at_ms,
    )


def check_requested(session: SessionIds, check: Check, deadline: datetime) -> FaceCheckRequested:
    """人脸核验发起 (R17)."""
    return FaceCheckRequested(deadline=deadline, **_named(session, check))


def check_passed(session: SessionIds, check: Check, done: JobDone, lease: str) -> FaceCheckPassed:
    """人脸核验通过, with its evidence (R20) and its sealed lease (R17)."""
    evidence = evidence_of(done, check.frame_keys)
    return FaceCheckPassed(evidence=evidence, lease=lease, **_named(session, check))


def check_failed(session: SessionIds, check: Check, reason: str, done: JobDone | None) -> FaceCheckFailed:
    """人脸核验不通过或超时; nothing was measured of a check that was missed or left."""
    evidence = evidence_of(done, check.frame_keys) if done else None
    return FaceCheckFailed(reason=reason, evidence=evidence, **_named(session, check))


def review_requested(session: SessionIds, failures: int) -> ReviewRequested:
    """请求人工复核 (R18)."""
    return ReviewRequested(
        enrollment_id=session.enrollment_id,
        person_id=session.person_id,
        lesson_id=session.lesson_id,
        session_id=session.id,
        failures=failures,
    )


def frame_queued(session: SessionIds, check: Check, reference_key: str) -> JobQueued:
    """The frame sent last, to be compared with the reference photo (R17)."""
    return JobQueued(
        job_id=check.job_id,
        kind=JobKind.CHECK,
        owner=session.person_id,
        frame_keys=check.frame_keys[-1:],
        reference_key=reference_key,
    )


def liveness_queued(person_id: str, verification: Verification, declared_key: str | None) -> JobQueued:
    """The pictures of a verification, to be compared with the declared photo (R16)."""
    return JobQueued(
        job_id=join_id(person_id, verification.id),
        kind=JobKind.LIVENESS,
        owner=person_id,
        frame_keys=verification.object_keys,
        reference_key=declared_key,
        prompts=[prompt.value for prompt in verification.prompts],
    )


def _named(session: SessionIds, check: Check) -> dict[str, Any]:
    return {
        "check_id": check.id,
        "session_id": session.id,
        "enrollment_id": session.enrollment_id,
        "person_id": session.person_id,
        "lesson_id": session.lesson_id,
        "moment": check.moment,
    }

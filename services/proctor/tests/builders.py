"""Sessions, profiles, photos and answers of the worker to test with. Pictures are drawn, not taken."""

import io
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from PIL import Image

from services.proctor.domain import FaceProfile, Photo, ProctoredSession
from services.proctor.domain.check import CheckPolicy
from services.proctor.domain.jobs import FaceOutcome
from services.proctor.domain.photo import PhotoStatus
from services.proctor.domain.schedule import seed_hash
from services.proctor.domain.streak import Streak
from services.proctor.domain.verification import Prompt, VerificationPolicy
from shared.domain.clock import utc_now
from shared.events.base import Meta, producer_of
from shared.events.learning import LessonEntered, ScheduleMixed
from shared.events.proctor import JobDone, JobKind
from shared.events.terms import LicenceCategory

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
TURNS = count(1)
SEED, VALUE = bytes(range(32)), bytes(range(32, 64)).hex()
POLICY = VerificationPolicy(seconds=180, attempts=3, window_seconds=3_600)
PROMPTS = [Prompt.NOD, Prompt.BLINK, Prompt.TURN_LEFT]
FRAMES = [f"frame-{number}" for number in range(20)]
NO_FAILURE = Streak()
FIGURES = {"yaw": 1.0, "pitch": 2.0, "roll": -3.0, "blue_share": 0.97, "faces": 1, "luma": 120.0}


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def a_session(**changes: Any) -> ProctoredSession:
    """A session of a 60 s lesson, of whose checks none has been asked."""
    return ProctoredSession(
        **{
            "id": "5e55",
            "enrollment_id": "enrollment-1",
            "person_id": "person-1",
            "lesson_id": "lesson-1",
            "turn": 1,
            "entered_at": NOW,
            "duration_ms": 60_000,
            "covered_ms": 0,
            "draws_unforeseen": True,
            "sealed_seed": "sealed",
            "policy": CheckPolicy(deadline_s=60, attempts=3, cooldown_s=600),
            **changes,
        }
    )


def an_open_session(earlier_streak: Streak = NO_FAILURE, **changes: Any) -> ProctoredSession:
    """One whose start check is asked, or cools down."""
    session = a_session(**changes)
    assert session.mix(a_value(session.id), SEED, earlier_streak, session.entered_at)
    return session


def a_value(session_id: str, **changes: Any) -> ScheduleMixed:
    """Learning's answer to the commitment to SEED."""
    return ScheduleMixed(
        **{
            "enrollment_id": "enrollment-1",
            "person_id": "person-1",
            "lesson_id": "lesson-1",
            "session_id": session_id,
            "seed_hash": seed_hash(SEED),
            "value": VALUE,
            **changes,
        }
    )


def unsealed(check_id: str, until_ms: int) -> str:
    """Stands where a sealed lease does, and shows what it would say."""
    return f"{check_id} until {until_ms}"


def an_answer(job_id: str, outcome: str, **changes: Any) -> JobDone:
    return JobDone(
        **{
            "job_id": job_id,
            "kind": JobKind.CHECK,
            "outcome": outcome,
            "figures": {"distance": 0.31, "threshold": 0.6, "antispoof": "absent"},
            "model": "Dlib",
            "model_version": "abc",
            **changes,
        }
    )


def a_profile(**changes: Any) -> FaceProfile:
    """Somebody who has declared and consented."""
    return FaceProfile(
        **{"id": "person-1", "declared_key": "declared.jpg", "consent_version": "2026-01", **changes}
    )


def a_photo(**changes: Any) -> Photo:
    return Photo(
        **{
            "id": "photo-1",
            "category": LicenceCategory.LEVEL_TWO,
            "sha256": "00",
            "object_key": "uploads/photo-1.jpg",
            "uploaded_at": NOW,
            **changes,
        }
    )


def a_stored_photo(id: str) -> Photo:
    """An accepted photo as it is stored."""
    return a_photo(id=id, object_key=f"uploads/{id}.jpg", status=PhotoStatus.ACCEPTED, outcome=FaceOutcome.OK)


def an_entry(session_id: str, **changes: Any) -> LessonEntered:
    """Each is later than the one before, unless `turn` says otherwise."""
    return LessonEntered(
        **{
            "enrollment_id": "enrollment-1",
            "person_id": "person-1",
            "lesson_id": "lesson-1",
            "session_id": session_id,
            "duration_ms": 60_000,
            "covered_ms": 0,
            "unforeseen_check_passed": False,
            "check_deadline_s": 60,
            "check_attempts": 3,
            "cooldown_s": 600,
            "turn": next(TURNS),
            **changes,
        }
    )


def new_id() -> str:
    return secrets.token_hex(16)


def published(event: Any, **changes: Any) -> Any:
    """The event as it arrives from the broker."""
    meta = Meta(
        **{
            "id": new_id(),
            "source": producer_of(type(event)),
            "type": type(event).TYPE,
            "subject": "subject",
            "sequence": 1,
            "time": utc_now(),
            **changes,
        }
    )
    return replace(event, meta=meta)


def a_picture(format: str = "JPEG", size: tuple[int, int] = (150, 180)) -> bytes:
    """An encoded picture of nothing: a blue area."""
    encoded = io.BytesIO()
    Image.new("RGB", size, (67, 142, 219)).save(encoded, format)
    return encoded.getvalue()

"""Face checks: seen and answered by their learner, judged by the face worker (R17, R18)."""

from datetime import datetime
from typing import BinaryIO

from services.proctor.adapters.face_images import FaceImages
from services.proctor.adapters.pictures import read_frame
from services.proctor.adapters.play_leases import PlayLeases
from services.proctor.adapters.sealed_seeds import SealedSeeds
from services.proctor.domain import Check, ProctoredSession
from services.proctor.domain.access import owned_by
from services.proctor.domain.check import MAX_FRAME_BYTES
from services.proctor.domain.ids import session_of_check, session_of_job
from services.proctor.storage import FaceProfiles, ProctoredSessions
from shared.domain.clock import Clock
from shared.domain.errors import NotFound
from shared.events.proctor import JobDone


def of_session(sessions: ProctoredSessions, person_id: str, session_id: str) -> list[Check]:
    """核验 of one of the person's play sessions; none before the first is requested."""
    try:
        return sessions.get(session_id, authorise=owned_by(person_id)).checks
    except NotFound:
        return []


def get(sessions: ProctoredSessions, person_id: str, check_id: str) -> Check:
    """核验 of the person. Raises NotFound."""
    return _session_of(sessions, person_id, check_id).check(check_id)


def answer(
    sessions: ProctoredSessions,
    profiles: FaceProfiles,
    images: FaceImages,
    person_id: str,
    check_id: str,
    frame: BinaryIO,
    clock: Clock,
) -> Check:
    """作答: the frame is stored, then queued for the worker.

    Whether it is in time is asked before and again at the write: storing may take longer than the deadline.

    Raises NotFound, ConsentMissing, NotVerified, CheckNotOpen, CheckExamining, CheckClosed, FrameTooLarge,
    FrameUnreadable.
    """
    session, reference = _session_of(sessions, person_id, check_id), profiles.of(person_id).reference()
    session.check(check_id).check_open(clock())
    key = images.put_check_frame(person_id, check_id, read_frame(frame, MAX_FRAME_BYTES))
    with images.forgotten_unless_taken(key):
        return sessions.update(
            session.id,
            lambda session: session.answer(check_id, key, reference, clock()),
            authorise=owned_by(person_id),
        )


def conclude(
    sessions: ProctoredSessions, seeds: SealedSeeds, leases: PlayLeases, done: JobDone, now: datetime
) -> None:
    """核验结论: the worker has judged a frame, perhaps after its session (R18). Raises NotFound."""
    session = sessions.update_and_get(
        session_of_job(done.job_id),
        lambda session: session.conclude(done, seeds.unseal(session), leases.of(session.id), now),
        because=done,
    )
    if session.over:
        for newer in sessions.entered_after(session):
            sessions.update(newer.id, lambda newer: newer.count_from(sessions.streak_before(newer)))


def _session_of(sessions: ProctoredSessions, person_id: str, check_id: str) -> ProctoredSession:
    """Raises NotFound about the check: learners know of checks, not of what they are kept in."""
    try:
        return sessions.get(session_of_check(check_id), authorise=owned_by(person_id))
    except NotFound as error:
        raise NotFound(what="Check") from error

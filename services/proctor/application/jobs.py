"""Jobs of the face worker that have no answer yet."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from services.proctor.domain import FaceProfile, Photo, ProctoredSession
from services.proctor.storage import FaceProfiles, Photos, ProctoredSessions


def open_jobs(photos: Photos, profiles: FaceProfiles, sessions: ProctoredSessions) -> dict[str, datetime]:
    """By job id, a time before which each was not queued."""
    waiting: Iterable[Photo | FaceProfile | ProctoredSession]
    waiting = chain(photos.examining(), profiles.examining(), sessions.examining())
    return {id: since for aggregate in waiting for id, since in aggregate.open_jobs.items()}

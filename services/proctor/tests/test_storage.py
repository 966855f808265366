"""Aggregates of proctor survive MongoDB unchanged."""

import pytest

from services.proctor.application.jobs import open_jobs
from services.proctor.storage import FaceProfiles, Photos, ProctoredSessions
from services.proctor.tests.builders import (
    FRAMES,
    NOW,
    POLICY,
    PROMPTS,
    SEED,
    a_photo,
    a_profile,
    an_answer,
    an_open_session,
    later,
    new_id,
    unsealed,
)
from services.proctor.tests.world import recorded, types
from shared.events.learning import Ending
from shared.events.proctor import FaceCheckRequested, JobQueued
from shared.persistence.repository import AlreadyExists

PHOTOS, PROFILES, SESSIONS = Photos(), FaceProfiles(), ProctoredSessions()
pytestmark = pytest.mark.usefixtures("world")


def a_full_profile():
    profile = a_profile(id=new_id(), consented_at=NOW)
    profile.begin("v1", PROMPTS, "frontal", POLICY, NOW)
    profile.submit_frames("v1", FRAMES, later(1))
    return profile


@pytest.mark.parametrize(
    ("repository", "make"),
    [
        (PHOTOS, lambda: a_photo(id=new_id(), figures={"yaw": 1.5}, adopted_by=["enrollment-1"])),
        (PROFILES, a_full_profile),
        (SESSIONS, lambda: an_open_session(id=new_id())),
    ],
)
def test_what_is_stored_is_read_again(repository, make):
    aggregate = repository.add(make())
    assert repository.get(aggregate.id) == aggregate
    with pytest.raises(AlreadyExists):
        repository.add(aggregate)


def test_events_are_committed_with_the_state():
    session = SESSIONS.add(an_open_session(id=new_id()))
    assert recorded(SESSIONS, session.id) == types(FaceCheckRequested)
    check_id = session.checks[0].id
    SESSIONS.update(session.id, lambda session: session.answer(check_id, "frame", "reference", later(1)))
    assert recorded(SESSIONS, session.id) == types(FaceCheckRequested, JobQueued)


def test_only_what_time_can_change_is_found_by_time():
    waiting, over = SESSIONS.add(an_open_session(id=new_id())), an_open_session(id=new_id())
    over.close(SEED, Ending.COMPLETED, later(1))
    SESSIONS.add(over)
    waking = {session.id for session in SESSIONS.waking(later(60))}
    assert waiting.id in waking
    assert over.id not in waking


def test_a_job_is_open_under_the_id_it_was_queued_with_until_it_is_answered():
    photo, profile, session = a_photo(id=new_id()), a_full_profile(), an_open_session(id=new_id())
    photo.queue()
    session.answer(session.checks[0].id, "frame", "reference", later(1))
    events = [event for aggregate in (photo, profile, session) for event in aggregate.events]
    queued = {event.job_id for event in events if isinstance(event, JobQueued)}
    for repository, aggregate in (
        (PHOTOS, photo),
        (PROFILES, profile),
        (SESSIONS, session),
    ):
        repository.add(aggregate)
    assert len(queued) == 3
    assert queued <= open_jobs(PHOTOS, PROFILES, SESSIONS).keys()
    answer = an_answer(f"{session.checks[0].id}-1", "match")
    SESSIONS.update(session.id, lambda session: session.conclude(answer, SEED, unsealed, later(2)))
    assert answer.job_id in queued - open_jobs(PHOTOS, PROFILES, SESSIONS).keys()

"""Aggregates of proctor survive MongoDB unchanged."""

import pytest

from services.proctor.storage import FaceProfiles, Photos, Watches, open_jobs
from services.proctor.tests.builders import (
    FRAMES,
    NOW,
    POLICY,
    PROMPTS,
    SEED,
    a_photo,
    a_profile,
    an_answer,
    an_open_watch,
    later,
)
from services.proctor.tests.world import new_id, recorded, types
from shared.events.proctor import FaceCheckRequested, JobQueued, ScheduleDrawn
from shared.persistence.repository import AlreadyExists

pytestmark = pytest.mark.usefixtures("world")


def a_full_profile():
    profile = a_profile(id=new_id(), consented_at=NOW)
    profile.begin("v1", PROMPTS, "frontal", POLICY, NOW)
    profile.submit_frames("v1", FRAMES, later(1))
    return profile


@pytest.mark.parametrize(
    ("repository", "make"),
    [
        (Photos(), lambda: a_photo(id=new_id(), figures={"yaw": 1.5}, adopted_by=["enrollment-1"])),
        (FaceProfiles(), a_full_profile),
        (Watches(), lambda: an_open_watch(id=new_id())),
    ],
)
def test_what_is_stored_is_read_again(repository, make):
    aggregate = repository.add(make())
    assert repository.get(aggregate.id) == aggregate
    with pytest.raises(AlreadyExists):
        repository.add(aggregate)


def test_events_are_committed_with_the_state():
    watch = Watches().add(an_open_watch(id=new_id()))
    assert recorded(Watches(), watch.id) == types(ScheduleDrawn, FaceCheckRequested)
    check_id = watch.checks[0].id
    Watches().update(watch.id, lambda it: it.answer(check_id, "frame", "reference", later(1)))
    assert recorded(Watches(), watch.id) == types(ScheduleDrawn, FaceCheckRequested, JobQueued)


def test_only_what_time_can_change_is_found_by_time():
    waiting, over = Watches().add(an_open_watch(id=new_id())), an_open_watch(id=new_id())
    over.close(bytes(32), later(1))
    Watches().add(over)
    due = {watch.id for watch in Watches().find(order="wake_at", wake_at={"$lte": later(60)})}
    assert waiting.id in due
    assert over.id not in due


def test_a_job_is_open_under_the_id_it_was_queued_with_until_it_is_answered():
    photo, profile, watch = a_photo(id=new_id()), a_full_profile(), an_open_watch(id=new_id())
    photo.queue()
    watch.answer(watch.checks[0].id, "frame", "reference", later(1))
    queued = {
        it.job_id for each in (photo, profile, watch) for it in each.events if isinstance(it, JobQueued)
    }
    for repository, aggregate in ((Photos(), photo), (FaceProfiles(), profile), (Watches(), watch)):
        repository.add(aggregate)
    assert len(queued) == 3
    assert queued <= open_jobs(Photos(), FaceProfiles(), Watches()).keys()
    answer = an_answer(f"{watch.checks[0].id}-1", "match")
    Watches().update(watch.id, lambda it: it.conclude(answer, SEED, later(2)))
    assert answer.job_id in queued - open_jobs(Photos(), FaceProfiles(), Watches()).keys()

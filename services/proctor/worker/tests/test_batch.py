"""When jobs become a batch: at once when there are enough, else after a short wait for others."""

from __future__ import annotations

import pytest

from services.proctor.worker.consumer.batch import (
    GATHER_SECONDS,
    IDLE_SECONDS,
    MAX_JOBS,
    Delivery,
    PendingJobs,
)
from shared.events.proctor import JobKind, JobQueued


class Clock:
    """Seconds that a test passes by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def with_jobs(count: int, clock: Clock) -> PendingJobs:
    pending = PendingJobs(clock)
    for tag in range(1, count + 1):
        pending.add(a_delivery(tag))
    return pending


def a_delivery(tag: int) -> Delivery:
    return Delivery(tag, JobQueued(job_id=str(tag), kind=JobKind.CHECK, owner="owner", frame_keys=[]))


def test_without_jobs_nothing_is_due():
    pending = with_jobs(0, Clock())
    assert (pending.due, pending.wait_seconds()) == (False, IDLE_SECONDS)


def test_the_first_job_waits_for_others():
    clock = Clock()
    pending = with_jobs(1, clock)
    assert (pending.due, pending.wait_seconds()) == (False, GATHER_SECONDS)
    clock.seconds += 1.01 * GATHER_SECONDS
    assert pending.due


def test_later_jobs_do_not_lengthen_the_wait_of_the_first():
    clock = Clock()
    pending = with_jobs(1, clock)
    clock.seconds += 0.75 * GATHER_SECONDS
    pending.add(a_delivery(2))
    assert pending.wait_seconds() == pytest.approx(0.25 * GATHER_SECONDS)


def test_a_full_batch_waits_for_nothing():
    assert not with_jobs(MAX_JOBS - 1, Clock()).due
    assert with_jobs(MAX_JOBS, Clock()).due


def test_a_batch_is_the_oldest_jobs_and_the_rest_is_due_at_once():
    clock = Clock()
    pending = with_jobs(MAX_JOBS + 2, clock)
    clock.seconds += 1.01 * GATHER_SECONDS
    assert [delivery.tag for delivery in pending.take()] == list(range(1, MAX_JOBS + 1))
    assert pending.due
    assert [delivery.tag for delivery in pending.take()] == [MAX_JOBS + 1, MAX_JOBS + 2]
    assert not pending.due

"""The worker's answer as an event."""

from dataclasses import replace

from services.proctor.worker.consumer.answer import published
from shared.domain.clock import utc_now
from shared.events.base import Meta
from shared.events.proctor import JobDone, JobKind, JobQueued


def a_job() -> JobQueued:
    """A photo's: its job has the photo's id, and is the first event of that photo."""
    job = JobQueued(job_id="photo-1", kind=JobKind.PHOTO, owner="owner", frame_keys=["photo"])
    meta = Meta(id="e1", source="proctor", type=JobQueued.TYPE, subject="photo-1", sequence=1, time=utc_now())
    return replace(job, meta=meta)


def an_answer() -> JobDone:
    return JobDone(
        job_id="photo-1", kind=JobKind.PHOTO, outcome="match", figures={}, model="dlib", model_version="1"
    )


def test_an_answer_and_its_job_never_have_the_same_subject_and_number() -> None:
    job = a_job()
    asked, answered = job.published, published(an_answer(), job).published
    assert (answered.subject, answered.sequence) != (asked.subject, asked.sequence)


def test_the_same_job_done_again_gives_an_answer_with_the_same_id() -> None:
    job = a_job()
    assert published(an_answer(), job).published.id == published(an_answer(), job).published.id

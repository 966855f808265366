"""The answer to a job as a published event."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.clock import utc_now
from shared.events.base import Meta
from shared.events.proctor import JobDone, JobQueued

SOURCE = "proctor"


def published(answer: JobDone, job: JobQueued) -> JobDone:
    """The answer with an id that comes from the job's, so that a repeat is recognised as one.

    It is its own subject, of one event: a photo's job has the id of the photo, which counts events too.
    """
    id = f"{job.job_id}:done"
    meta = Meta(
        id=id,
        source=SOURCE,
        type=JobDone.TYPE,
        subject=id,
        sequence=1,
        time=utc_now(),
        traceparent=job.published.traceparent,
    )
    return replace(answer, meta=meta)

"""The media worker as a process: what it was doing when it died is done by the one after it."""

import hashlib
import secrets
import sys
from datetime import timedelta
from typing import Any

import pytest

from services.learning.domain.job import LEASE
from services.learning.domain.rendition import Rendition, RenditionState
from services.learning.domain.upload import Part, Upload, UploadState
from services.learning.runtime import LearningApiRuntime
from services.learning.tests.builders import a_course
from services.learning.tests.media import a_film
from shared.domain.clock import utc_now
from testkit.service_process import Process, running
from testkit.waiting import eventually

COMMAND = [sys.executable, "-m", "services.learning.worker"]


@pytest.fixture
def environment(servers: Any, runtime: LearningApiRuntime) -> dict[str, str]:
    """Of the worker, on the tests' database, where nothing else is waiting."""
    for repository in (runtime.uploads, runtime.renditions):
        repository.rows.delete_many({})
    env: dict[str, str] = servers.env_for("learning")
    return env


def an_upload(runtime: LearningApiRuntime, film: bytes) -> Upload:
    """A completed upload of a film that fits into one part."""
    course = runtime.courses.add(a_course(id=secrets.token_hex(8), events=[]))
    id, now, digest = secrets.token_hex(8), utc_now(), hashlib.sha256(film).hexdigest()
    upload = Upload.start(
        id, organisation="o", course_id=course.id, name="a.mp4", size=len(film), sha256=digest,
        most=1 << 30, now=now,
    )  # fmt: skip
    runtime.videos.store_part(id, 1, film)
    upload.take_part(Part(number=1, size=len(film), sha256=digest), now)
    upload.complete(now)
    return runtime.uploads.add(upload)


def a_rendition(runtime: LearningApiRuntime, film: bytes) -> Rendition:
    """A waiting rendition of a film."""
    upload = an_upload(runtime, film)
    claim = runtime.uploads.update(upload.id, lambda upload: upload.claim(utc_now())) or 0
    runtime.media._examine(upload, claim)
    video = runtime.uploads.get(upload.id).video
    assert video
    return runtime.renditions.add(Rendition.of(upload.course_id, upload.id, video, utc_now()))


def state_of(runtime: LearningApiRuntime, rendition: Rendition) -> RenditionState:
    return runtime.renditions.get(rendition.id).state


def test_a_worker_examines_and_ends_when_it_is_told(runtime: LearningApiRuntime, environment: dict[str, str]):
    upload = an_upload(runtime, a_film())
    with running(COMMAND, environment) as worker:
        eventually(lambda: runtime.uploads.get(upload.id).state is UploadState.READY, 60)
        assert worker.stop() == 0


def test_what_a_killed_worker_left_is_done_by_another(
    runtime: LearningApiRuntime, environment: dict[str, str]
):
    rendition = a_rendition(runtime, a_film(30, width=1280, height=720))
    worker = Process(COMMAND, environment, None)
    eventually(lambda: runtime.renditions.get(rendition.id).job.attempts == 1, 60)
    worker.kill()
    assert state_of(runtime, rendition) is RenditionState.WAITING
    runtime.renditions.update(rendition.id, _let_the_lease_run_out)
    with running(COMMAND, environment):
        eventually(lambda: state_of(runtime, rendition) is RenditionState.READY, 60)
    assert runtime.renditions.get(rendition.id).job.attempts == 2


def _let_the_lease_run_out(rendition: Rendition) -> None:
    assert rendition.job.due_at > utc_now() - timedelta(seconds=1) + LEASE / 2
    rendition.job.due_at = utc_now()

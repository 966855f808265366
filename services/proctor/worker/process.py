"""Takes jobs from the broker in batches, has them examined, publishes the answers, then acknowledges.

A crash anywhere delivers the jobs again, and doing one again is harmless: its answer has the same id. The
examination runs in a thread of its own, so that the connection's heartbeats go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pika
import structlog
from pika.exceptions import AMQPError
from prometheus_client import Histogram

from services.proctor.worker.examination import Examiner
from services.proctor.worker.material import Stopped
from services.proctor.worker.work_queue import WORK
from shared.domain.clock import utc_now
from shared.eventlog.topology import events_exchange
from shared.events.base import Meta
from shared.events.envelope import CONTENT_TYPE, Undecodable, decode, encode
from shared.events.proctor import JobDone, JobQueued
from shared.messaging.topology import exchange_of

log = structlog.get_logger()
BATCH = 32  # jobs
GATHER_SECONDS = 0.02  # how long the first job of a batch waits for others
IDLE_SECONDS = 0.5  # between two looks at the stop signal
LONGEST_PAUSE = 10.0  # seconds between two tries while the broker is away
SOURCE = "proctor"

JOBS = Histogram("xueshi_face_batch_jobs", "Jobs in a batch", buckets=(1, 2, 4, 8, 16, 32))
SECONDS = Histogram("xueshi_face_batch_seconds", "Examination of a batch, pictures fetched and judged")
WAITED = Histogram("xueshi_face_job_wait_seconds", "From the job's commit to its batch")


class ConsumerCancelled(AMQPError):
    """The broker ended the subscription: the queue is gone or has moved."""


@dataclass(frozen=True)
class Delivery:
    """A job and the tag that acknowledges it."""

    tag: int
    job: JobQueued


class FaceWorker:
    """Works until it is told to stop; `ready` is set while jobs are taken."""

    def __init__(self, amqp_uri: str, examiner: Examiner, ready: threading.Event) -> None:
        self._uri, self._examiner, self._ready = amqp_uri, examiner, ready
        self._pool = ThreadPoolExecutor(1, "examine")

    def run(self, stop: threading.Event) -> None:
        """Connect, work, and connect again with growing pauses when the broker went away."""
        pause = 0.5
        while not stop.is_set():
            try:
                with pika.BlockingConnection(_parameters(self._uri)) as connection:
                    session, pause = Session(connection, self._examiner, self._pool), 0.5
                    self._ready.set()
                    session.work(stop)
            except Stopped:
                return
            except (AMQPError, OSError) as error:
                log.warning("broker.away", error=repr(error), next_try_seconds=pause)
                self._ready.clear()
                stop.wait(pause)
                pause = min(LONGEST_PAUSE, pause * 2)


class Session:
    """One connection to the broker."""

    def __init__(
        self, connection: pika.BlockingConnection, examiner: Examiner, pool: ThreadPoolExecutor
    ) -> None:
        self._connection, self._examiner, self._pool = connection, examiner, pool
        self._pending: list[Delivery] = []
        self._first_at, self._cancelled = 0.0, False
        self._channel = connection.channel()
        declare(self._channel)
        self._channel.confirm_delivery()
        self._channel.basic_qos(prefetch_count=2 * BATCH)
        self._channel.add_on_cancel_callback(self._on_cancel)
        self._channel.basic_consume(WORK.name, self._on_message)

    def work(self, stop: threading.Event) -> None:
        """Until the stop signal. Raises AMQPError when the broker is gone, Stopped from an examination."""
        while not stop.is_set():
            self._connection.process_data_events(time_limit=self._patience())
            if self._cancelled:
                raise ConsumerCancelled
            if self._pending and self._patience() == 0:
                self._do(self._take())

    def _patience(self) -> float:
        """How long to wait for more, in seconds."""
        if not self._pending:
            return IDLE_SECONDS
        waited = time.monotonic() - self._first_at
        return 0 if len(self._pending) >= BATCH else max(0.0, GATHER_SECONDS - waited)

    def _take(self) -> list[Delivery]:
        batch, self._pending = self._pending[:BATCH], self._pending[BATCH:]
        return batch

    def _do(self, batch: Sequence[Delivery]) -> None:
        _observe(batch)
        with SECONDS.time():
            answers = self._examined([delivery.job for delivery in batch])
        for delivery, answer in zip(batch, answers, strict=True):
            self._publish(_stamped(answer, delivery.job))
            self._channel.basic_ack(delivery.tag)
        log.info("batch.done", jobs=len(batch), outcomes=[answer.outcome for answer in answers])

    def _examined(self, jobs: list[JobQueued]) -> list[JobDone]:
        """The answers; meanwhile the connection lives on and further jobs gather."""
        examination = self._pool.submit(self._examiner.examine, jobs)
        examination.add_done_callback(self._wake)
        while not examination.done():
            self._connection.process_data_events(time_limit=IDLE_SECONDS)
        return examination.result()

    def _wake(self, _: Future[Any]) -> None:
        with suppress(AMQPError):  # the connection is gone: its own thread finds out by itself
            self._connection.add_callback_threadsafe(lambda: None)

    def _on_message(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        try:
            job = decode(body)
            if not isinstance(job, JobQueued):
                raise Undecodable(f"{type(job).__name__} is no job")
        except Undecodable as error:
            log.error("job.undecodable", reason=str(error)[:300])
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        if not self._pending:
            self._first_at = time.monotonic()
        self._pending.append(Delivery(method.delivery_tag, job))

    def _on_cancel(self, _: Any) -> None:
        self._cancelled = True

    def _publish(self, answer: JobDone) -> None:
        """Persistent, and confirmed by the broker before the job is acknowledged."""
        properties = pika.BasicProperties(
            content_type=CONTENT_TYPE, delivery_mode=2, message_id=answer.published.id
        )
        self._channel.basic_publish(
            exchange_of(JobDone), JobDone.TYPE, encode(answer).encode(), properties, mandatory=True
        )


def declare(channel: Any) -> None:
    """Where answers go (pika channel). The work queue is the events process's to make: only it knows, when
    the queue was deleted, which jobs were lost. Until it stands, consuming it raises."""
    channel.exchange_declare(events_exchange(SOURCE), "topic", durable=True)


def _parameters(uri: str) -> pika.URLParameters:
    parameters = pika.URLParameters(uri)
    parameters.heartbeat, parameters.socket_timeout = 30, 5
    return parameters


def _observe(batch: Sequence[Delivery]) -> None:
    JOBS.observe(len(batch))
    for delivery in batch:
        WAITED.observe(max(0.0, (utc_now() - delivery.job.published.time).total_seconds()))


def _stamped(answer: JobDone, job: JobQueued) -> JobDone:
    """The answer as a published event: its id comes from the job's, so that a repeat is known as one.

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

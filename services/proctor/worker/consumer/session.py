"""Takes jobs from the broker in batches, has them examined, publishes the answers, then acknowledges.

A crash anywhere delivers the jobs again, and doing one again is harmless: its answer has the same id. The
examination runs in a thread of its own, so that the connection's heartbeats go on.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pika.frame import Method
from pika.spec import Basic, BasicProperties
from prometheus_client import Histogram

from services.proctor.worker.application.examination import Examiner
from services.proctor.worker.consumer.answer import SOURCE, published
from services.proctor.worker.consumer.batch import IDLE_SECONDS, MAX_JOBS, Delivery, PendingJobs
from services.proctor.worker.work_queue import WORK
from shared.domain.clock import utc_now
from shared.eventlog.topology import events_exchange
from shared.events.envelope import CONTENT_TYPE, Undecodable, decode, encode
from shared.events.proctor import JobDone, JobQueued
from shared.messaging.topology import exchange_of

log = structlog.get_logger()

JOBS = Histogram("xueshi_face_batch_jobs", "Jobs in a batch", buckets=(1, 2, 4, 8, 16, 32))
SECONDS = Histogram("xueshi_face_batch_seconds", "Examination of a batch, pictures fetched and judged")
WAITED = Histogram("xueshi_face_job_wait_seconds", "From the job's commit to its batch")


class ConsumerCancelled(AMQPError):
    """The broker ended the subscription: the queue is gone or has moved."""


class Session:
    """One connection to the broker."""

    def __init__(
        self, connection: pika.BlockingConnection, examiner: Examiner, pool: ThreadPoolExecutor
    ) -> None:
        self._connection, self._examiner, self._pool = connection, examiner, pool
        self._pending, self._cancelled = PendingJobs(), False
        self._channel = connection.channel()
        declare_answers(self._channel)
        self._channel.confirm_delivery()
        self._channel.basic_qos(prefetch_count=2 * MAX_JOBS)
        self._channel.add_on_cancel_callback(self._on_cancel)
        self._channel.basic_consume(WORK.name, self._on_message)

    def work(self, stop: threading.Event) -> None:
        """Until the stop signal. Raises AMQPError when the broker is gone, Shutdown from an examination."""
        while not stop.is_set():
            self._connection.process_data_events(time_limit=self._pending.wait_seconds())
            if self._cancelled:
                raise ConsumerCancelled
            if self._pending.due:
                self._complete(self._pending.take())

    def _complete(self, batch: Sequence[Delivery]) -> None:
        _observe(batch)
        with SECONDS.time():
            answers = self._examined([delivery.job for delivery in batch])
        for delivery, answer in zip(batch, answers, strict=True):
            self._publish(published(answer, delivery.job))
            self._channel.basic_ack(delivery.tag)
        log.info("batch.done", jobs=len(batch), outcomes=[answer.outcome for answer in answers])

    def _examined(self, jobs: list[JobQueued]) -> list[JobDone]:
        """The answers; meanwhile the connection lives on and further jobs gather."""
        examination = self._pool.submit(self._examiner.examine, jobs)
        examination.add_done_callback(self._wake)
        while not examination.done():
            self._connection.process_data_events(time_limit=IDLE_SECONDS)
        return examination.result()

    def _wake(self, _: Future[list[JobDone]]) -> None:
        with suppress(AMQPError):  # the connection is gone: its own thread finds out by itself
            self._connection.add_callback_threadsafe(lambda: None)

    def _on_message(
        self, channel: BlockingChannel, method: Basic.Deliver, _: BasicProperties, body: bytes
    ) -> None:
        assert method.delivery_tag is not None  # the broker numbers every delivery
        try:
            self._pending.add(Delivery(method.delivery_tag, _job_in(body)))
        except Undecodable as error:
            log.error("job.undecodable", reason=str(error)[:300])
            channel.basic_reject(method.delivery_tag, requeue=False)

    def _on_cancel(self, _: Method[Basic.Cancel]) -> None:
        self._cancelled = True

    def _publish(self, answer: JobDone) -> None:
        """Persistent, and confirmed by the broker before the job is acknowledged."""
        properties = pika.BasicProperties(
            content_type=CONTENT_TYPE, delivery_mode=2, message_id=answer.published.id
        )
        self._channel.basic_publish(
            exchange_of(JobDone), JobDone.TYPE, encode(answer).encode(), properties, mandatory=True
        )


def declare_answers(channel: BlockingChannel) -> None:
    """Where answers go. The work queue is the events process's to declare: only it knows, when the queue was
    deleted, which jobs were lost. Consuming the queue raises until it exists."""
    channel.exchange_declare(events_exchange(SOURCE), "topic", durable=True)


def _job_in(body: bytes) -> JobQueued:
    """Raises Undecodable."""
    event = decode(body)
    if not isinstance(event, JobQueued):
        raise Undecodable(f"{type(event).__name__} is no job")
    return event


def _observe(batch: Sequence[Delivery]) -> None:
    JOBS.observe(len(batch))
    for delivery in batch:
        WAITED.observe(max(0.0, (utc_now() - delivery.job.published.time).total_seconds()))

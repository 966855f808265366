"""The queue from which face workers take jobs; it exists before the first worker does: no job is lost.

Should it be deleted, the jobs that wait for an answer are taken from the log again (docs/adr/0009).
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from kombu import Connection
from nameko.extensions import DependencyProvider

from services.proctor.worker.work_queue import DEAD, WORK
from shared.eventlog.topology import declare as declare_queue
from shared.events.envelope import Undecodable, decode
from shared.events.proctor import JobQueued
from shared.messaging.queue_recovery import QueueRecovery
from shared.messaging.topology import routes
from shared.messaging.watermark import CLOCKS
from shared.settings import Settings


class JobSource(Protocol):
    """What the queue is filled from: the runtime of the service."""

    @property
    def settings(self) -> Settings:
        """Of the process."""

    def open_jobs(self) -> Mapping[str, datetime]:
        """Jobs without an answer, each with a time before which it was not queued."""


class WorkQueue(DependencyProvider):  # type: ignore[misc]
    """Declares the queue when the events process starts, before its relay publishes anything; watches it."""

    def setup(self) -> None:
        """Declare; while the broker is away, this waits."""
        self._recovery = JobQueueRecovery(self.container.service_cls.process_runtime())
        self._recovery.declare_first()

    def start(self) -> None:
        """Watch in a thread of the container."""
        self.container.spawn_managed_thread(self._recovery.run, identifier="work queue")

    def stop(self) -> None:
        """Stop watching."""
        self._recovery.stop()


class JobQueueRecovery(QueueRecovery):
    """Copies no job from the log but those without an answer."""

    def __init__(self, source: JobSource) -> None:
        super().__init__(source.settings, WORK.name, [WORK.name], [JobQueued])
        self._source, self._wanted = source, set[str]()

    def since(self) -> datetime | None:
        """The oldest open job."""
        open_jobs = self._source.open_jobs()
        return min(open_jobs.values()) - CLOCKS if open_jobs else None

    def make(self, channel: Any) -> None:
        """Work queue, dead letters, bindings."""
        declare(channel)

    def fill(self, connection: Connection, due: dict[str, Any]) -> None:
        """Know first which jobs are open; what is queued later finds the queue."""
        self._wanted = set(self._source.open_jobs())
        super().fill(connection, due)

    def wants(self, message: Any) -> bool:
        """Only what has no answer: the worker is not to do its whole day again."""
        with suppress(Undecodable):
            job = decode(bytes(message.body))
            return isinstance(job, JobQueued) and job.job_id in self._wanted
        return False


def declare(channel: Any) -> None:
    """Declare the work queue and its dead letters, bound to the jobs (py-amqp channel)."""
    for queue in (DEAD, WORK):
        declare_queue(channel, queue)
    for exchange, type_ in routes([JobQueued]):
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        channel.queue_bind(WORK.name, exchange, type_)

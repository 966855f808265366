"""The queue from which face workers take jobs; it stands before the first worker does: no job is lost.

Should it be deleted, the jobs that wait for an answer are taken from the log again (docs/adr/0009).
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

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

OpenJobs = Callable[[], Mapping[str, datetime]]


class WorkQueue(DependencyProvider):  # type: ignore[misc]
    """Declares the queue when the events process starts, before its relay publishes anything; watches it."""

    def setup(self) -> None:
        """Declare; while the broker is away, this waits."""
        service = self.container.service_cls
        self._recovery = JobQueueRecovery(service.process_runtime().settings, service.open_jobs)
        self._recovery.declare_first()

    def start(self) -> None:
        """Watch in a thread of the container."""
        self.container.spawn_managed_thread(self._recovery.run, identifier="work queue")

    def stop(self) -> None:
        """Stop watching."""
        self._recovery.stop()


class JobQueueRecovery(QueueRecovery):
    """`open_jobs` says which jobs have no answer yet, each with a time before which it was not queued."""

    def __init__(self, settings: Settings, open_jobs: OpenJobs) -> None:
        super().__init__(settings, WORK.name, [WORK.name], [JobQueued])
        self._open_jobs, self._wanted = open_jobs, set[str]()

    def since(self) -> datetime | None:
        """The oldest open job."""
        open_jobs = self._open_jobs()
        return min(open_jobs.values()) - CLOCKS if open_jobs else None

    def make(self, channel: Any) -> None:
        """Work queue, dead letters, bindings."""
        declare(channel)

    def fill(self, connection: Connection, due: dict[str, Any]) -> None:
        """Know first which jobs are open; what is queued later finds the queue."""
        self._wanted = set(self._open_jobs())
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

"""The queue from which face workers take jobs; it stands before the first worker does: no job is lost."""

from typing import Any

from kombu import Connection
from nameko.extensions import DependencyProvider

from services.proctor.worker.work_queue import DEAD, WORK
from shared.events.proctor import JobQueued
from shared.messaging.topology import Queue, exchange_of


class WorkQueue(DependencyProvider):  # type: ignore[misc]
    """Declares the queue when the events process starts, before its relay publishes anything."""

    def setup(self) -> None:
        """Declare; without a broker this raises, and a supervisor starts the process again."""
        uri = self.container.service_cls.settings().amqp_uri
        with Connection(uri, connect_timeout=5) as connection:
            declare(connection.default_channel)


def declare(channel: Any) -> None:
    """Declare the work queue and its dead letters, bound to the jobs (py-amqp channel)."""
    exchange = exchange_of(JobQueued)
    channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    for queue in (DEAD, WORK):
        _declare_queue(channel, queue)
    channel.queue_bind(WORK.name, exchange, JobQueued.TYPE)


def _declare_queue(channel: Any, queue: Queue) -> None:
    channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=queue.arguments)

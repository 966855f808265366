"""The one consumer of a service's inbox (a Nameko extension): it neither loses an event nor takes it twice.

When a handler raises, the message goes through the retry queues and then to the dead letters; what cannot be
decoded goes there at once; while the broker is away, the consumer waits.
"""

import inspect
import time
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from eventlet.semaphore import Semaphore
from kombu import Connection, Consumer, Queue
from kombu.mixins import ConsumerMixin
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, ProviderCollector, SharedExtension

from shared.crash_points import crash_point
from shared.events.base import Event
from shared.events.envelope import Undecodable, decode
from shared.messaging import topology
from shared.messaging.acknowledgements import Acknowledgements
from shared.messaging.delivery import Delivery
from shared.messaging.disposition import ERROR_HEADER, Disposition, dispose, disposition_of
from shared.messaging.queue_recovery import InboxRecovery
from shared.messaging.subject_queues import SubjectQueues
from shared.observability.metrics import HANDLED

log = structlog.get_logger()
PREFETCH = 50
UNACKNOWLEDGED = 10  # handled messages that may wait for an acknowledgement together …
UNACKNOWLEDGED_SECONDS = 0.1  # … and for how long, while others are handled
DELIVERED_BEFORE = "x-delivery-count"  # how often, without an answer (RabbitMQ quorum queues)
REQUEUE_SECONDS = 1.0  # before a message that could not be disposed of is requeued


class EventConsumer(SharedExtension, ProviderCollector, ConsumerMixin):  # type: ignore[misc]
    """The one consumer of a service's inbox; it gives each event to every handler of its type."""

    connection: Connection

    def setup(self) -> None:
        """Connect, and declare the topology before this service publishes anything.

        What is published before a queue is bound never reaches it. While the broker is away, this waits.
        """
        self._service = self.container.service_cls.name
        settings = self.container.service_cls.process_runtime().settings
        uri = settings.amqp_uri
        self.connection = Connection(uri, connect_timeout=5, heartbeat=20)
        confirmed = {"confirm_publish": True}
        self._retries = Connection(uri, connect_timeout=5, heartbeat=20, transport_options=confirmed)
        self._publishing, self._subjects = Semaphore(), SubjectQueues[Delivery]()
        self._acks: Acknowledgements | None = None
        self._consumer: Consumer | None = None
        self._past_suspects, self._acknowledged_at = False, 0.0
        self._started = self.is_ready = False
        self._recovery = InboxRecovery(settings, self._service, self._event_classes())
        self._recovery.declare_first()

    def start(self) -> None:
        """Consume in a thread of the container, handle in as many as it has workers."""
        if not self._started:
            self._started = True
            self.container.spawn_managed_thread(self.run, identifier="inbox consumer")
            for _ in range(self.container.max_workers):
                self.container.spawn_managed_thread(self._work, identifier="inbox handler")
            self.container.spawn_managed_thread(self._recovery.run, identifier="inbox refill")

    def stop(self) -> None:
        """Stop taking messages; what is unacknowledged is delivered again later."""
        self.should_stop = True
        self._recovery.stop()

    def get_consumers(self, consumer: type[Consumer], channel: Any) -> list[Consumer]:
        """Declare the topology and consume (kombu's hook, called at every reconnect)."""
        self._recovery.declare(channel)
        queue = topology.inbox(self._service)
        known = Queue(queue.name, durable=True, queue_arguments=queue.arguments, no_declare=True)
        self._acks = Acknowledgements(channel, UNACKNOWLEDGED)
        self._consumer = consumer(
            [known], on_message=self._receive, accept=None, prefetch_count=self._prefetch
        )
        return [self._consumer]

    @property
    def _prefetch(self) -> int:
        """One at a time until a message arrives that has not been delivered before.

        If a process died of a message, it was one of those in front of it: poison is then delivered alone,
        and becomes a dead letter by itself, not with its neighbours.
        """
        return PREFETCH if self._past_suspects else 1

    def on_consume_ready(self, *_: Any, **__: Any) -> None:
        """Ready: the inbox is being read."""
        self.is_ready = True

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        """Say that the broker is away; kombu goes on trying."""
        self.is_ready = False
        log.warning("broker.away", error=str(exc), next_try_seconds=interval)

    def _event_classes(self) -> list[type[Event]]:
        """What the service's methods subscribe to (providers register only later)."""
        methods = inspect.getmembers(self.container.service_cls, inspect.isfunction)
        entrypoints = [
            entrypoint
            for _, method in methods
            for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, [])
        ]
        subscribed = {
            entrypoint.event_class for entrypoint in entrypoints if hasattr(entrypoint, "event_class")
        }
        return sorted(subscribed, key=lambda event_class: event_class.TYPE)

    def on_iteration(self) -> None:
        """Acknowledge what has waited (kombu's hook, called after each message, and once a second)."""
        if time.monotonic() - self._acknowledged_at > UNACKNOWLEDGED_SECONDS:
            self._acknowledge()
        if self._consumer and self._consumer.prefetch_count != self._prefetch:
            self._consumer.cancel()
            self._consumer.qos(prefetch_count=self._prefetch)
            self._consumer.prefetch_count = self._prefetch
            self._consumer.consume()

    def _receive(self, message: Any) -> None:
        assert self._acks
        self._past_suspects = self._past_suspects or not (message.headers or {}).get(DELIVERED_BEFORE)
        delivery = Delivery(message, self._acks)
        try:
            delivery.event = decode(message.body)
        except Undecodable as error:
            log.error("event.undecodable", reason=str(error))
            disposition = disposition_of(self._service, error, message.headers)
            HANDLED.labels(self._service, "?", disposition.outcome.value).observe(0)
            self._dispose(delivery, disposition)
            return
        self._recovery.watermark.note(delivery.event.published.time)
        self._subjects.put(delivery.event.published.subject, delivery)

    def _work(self) -> None:
        while True:
            subject, delivery = self._subjects.take()
            self._handle(delivery)
            self._subjects.done(subject)
            if self._subjects.idle:
                self._acknowledge()

    def _handle(self, delivery: Delivery) -> None:
        event = delivery.event
        handlers = [handler for handler in self._providers if handler.event_class is type(event)]
        started = time.monotonic()
        crash_point("before-handle")
        failed = [error for error in (handler.call(event) for handler in handlers) if error is not None]
        disposition = disposition_of(self._service, failed[0] if failed else None, delivery.message.headers)
        HANDLED.labels(self._service, event.TYPE, disposition.outcome.value).observe(
            time.monotonic() - started
        )
        crash_point("after-handle-before-ack")
        if failed:
            _log_failure(event, disposition)
        self._dispose(delivery, disposition)

    def _dispose(self, delivery: Delivery, disposition: Disposition) -> None:
        """Disposition; when that fails the message is given back, so that it does not hold a place for ever.

        Given back too often it is dead-lettered (delivery limit); without a broker it is redelivered anyway.
        """
        try:
            dispose(delivery, disposition, partial(self._retry_later, delivery.message))
        except Exception as error:
            log.warning("event.not_disposed", error=f"{type(error).__name__}: {error}")
            time.sleep(REQUEUE_SECONDS)
            with suppress(Exception):
                delivery.requeue()

    def _acknowledge(self) -> None:
        """A closed channel takes none: what is not acknowledged is delivered again."""
        self._acknowledged_at = time.monotonic()
        with suppress(Exception):
            if self._acks:
                self._acks.flush()

    def _retry_later(self, message: Any, queue: str, headers: dict[str, object]) -> None:
        with self._publishing:
            self._publish(queue, message, headers)

    def _publish(self, queue: str, message: Any, headers: dict[str, object]) -> None:
        with self._retries.Producer(channel=self._retry_channel()) as producer:
            producer.publish(
                message.body, exchange="", routing_key=queue, headers=headers, mandatory=True,
                content_type=message.content_type, content_encoding="utf-8", delivery_mode=2,
                message_id=message.properties.get("message_id"), retry=True,
                retry_policy={"max_retries": 3}, confirm_timeout=10,
            )  # fmt: skip

    def _retry_channel(self) -> Any:
        with suppress(Exception):
            self._retries.heartbeat_check()
        return self._retries.default_channel


def _log_failure(event: Event, disposition: Disposition) -> None:
    log.warning(
        "event.failed", type=event.TYPE, event_id=event.published.id, subject=event.published.subject,
        error=disposition.headers[ERROR_HEADER], goes_to=disposition.queue,
    )  # fmt: skip

"""`@subscribe(Event)`: a Nameko entrypoint that neither loses an event nor takes it twice.

A handler that raises sends the message through the retry ladder and then to the dead letters; what
cannot be decoded goes there at once; the broker's absence is waited out.
"""

import inspect
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from eventlet.event import Event as Promise
from eventlet.semaphore import Semaphore
from kombu import Connection, Consumer, Queue
from kombu.mixins import ConsumerMixin
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, Entrypoint, ProviderCollector, SharedExtension

from shared.events.base import Event
from shared.messaging import topology
from shared.messaging.crash import point
from shared.messaging.envelope import Undecodable, decode
from shared.messaging.inbox import ERROR_HEADER, Answer, decide, settle
from shared.messaging.refill import Refill
from shared.observability import HANDLED

log = structlog.get_logger()
PREFETCH = 10
UNANSWERED_SECONDS = 1.0  # before a message whose answer failed is given back


class Inbox(SharedExtension, ProviderCollector, ConsumerMixin):  # type: ignore[misc]
    """The one consumer of a service's inbox; it gives each event to every handler of its type."""

    connection: Connection

    def setup(self) -> None:
        """Know the broker, and declare the topology before anything of this service is published.

        What is published before a queue is bound never reaches it. Without a broker this raises: the
        process ends and is started again.
        """
        self._service = self.container.service_cls.name
        uri = self.container.service_cls.settings().amqp_uri
        self.connection = Connection(uri, connect_timeout=5, heartbeat=20)
        confirmed = {"confirm_publish": True}
        self._retries = Connection(uri, connect_timeout=5, heartbeat=20, transport_options=confirmed)
        self._publishing, self._subjects = Semaphore(), dict[str, Semaphore]()
        self._started = self.is_ready = False
        self._refill = Refill(self.container.service_cls.settings(), self._service, self._event_classes())
        with Connection(uri, connect_timeout=5) as first:
            self._refill.declare(first.default_channel)
            topology.declare_consumer(first.default_channel, self._service, self._event_classes())

    def start(self) -> None:
        """Consume in a thread of the container."""
        if not self._started:
            self._started = True
            self.container.spawn_managed_thread(self.run, identifier="inbox consumer")
            self.container.spawn_managed_thread(self._refill.run, identifier="inbox refill")

    def stop(self) -> None:
        """Stop taking messages; what is unacknowledged is delivered again later."""
        self.should_stop = True
        self._refill.stop()

    def get_consumers(self, consumer: type[Consumer], channel: Any) -> list[Consumer]:
        """Declare the topology and consume (kombu's hook, called at every reconnect)."""
        self._refill.declare(channel)
        queue = topology.inbox(self._service)
        known = Queue(queue.name, durable=True, queue_arguments=queue.arguments, no_declare=True)
        return [consumer([known], on_message=self._receive, accept=None, prefetch_count=PREFETCH)]

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
        entrypoints = [it for _, method in methods for it in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, [])]
        found = {it.event_class for it in entrypoints if isinstance(it, Subscription)}
        return sorted(found, key=lambda it: it.TYPE)

    def _receive(self, message: Any) -> None:
        try:
            event = decode(message.body)
        except Undecodable as error:
            log.error("event.undecodable", reason=str(error))
            answer = decide(self._service, error, message.headers)
            HANDLED.labels(self._service, "?", answer.verdict.value).observe(0)
            self._answer(message, answer)
            return
        self._refill.watermark.note(event.published.time)
        handlers = [it for it in self._providers if it.event_class is type(event)]
        self.container.spawn_managed_thread(
            partial(self._handle, message, event, handlers), identifier="event"
        )

    def _handle(self, message: Any, event: Event, handlers: list["Subscription"]) -> None:
        subject = event.published.subject
        lock = self._subjects.setdefault(subject, Semaphore())
        with lock:
            started = time.monotonic()
            point("before-handle")
            failed = [error for error in (it.call(event) for it in handlers) if error is not None]
            answer = decide(self._service, failed[0] if failed else None, message.headers)
            HANDLED.labels(self._service, event.TYPE, answer.verdict.value).observe(
                time.monotonic() - started
            )
            point("after-handle-before-ack")
            if failed:
                _log_failure(event, answer)
            self._answer(message, answer)
        if lock.balance > 0:  # nobody waits for it
            self._subjects.pop(subject, None)

    def _answer(self, message: Any, answer: Answer) -> None:
        """Answer; when that fails the message is given back, so that it does not hold a place for ever.

        Given back too often it is dead-lettered (delivery limit); without a broker it is redelivered anyway.
        """
        try:
            settle(message, answer, partial(self._retry_later, message))
        except Exception as error:
            log.warning("event.unanswered", error=f"{type(error).__name__}: {error}")
            time.sleep(UNANSWERED_SECONDS)
            with suppress(Exception):
                message.requeue()

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


def _log_failure(event: Event, answer: Answer) -> None:
    log.warning(
        "event.failed", type=event.TYPE, event_id=event.published.id, subject=event.published.subject,
        error=answer.headers[ERROR_HEADER], goes_to=answer.queue,
    )  # fmt: skip


class Subscription(Entrypoint):  # type: ignore[misc]
    """The entrypoint behind `@subscribe`."""

    inbox = Inbox()

    def __init__(self, event_class: type[Event], **options: Any) -> None:
        super().__init__(**options)
        self.event_class = event_class

    def setup(self) -> None:
        """Join the service's inbox."""
        self.inbox.register_provider(self)

    def stop(self) -> None:
        """Leave the inbox."""
        self.inbox.unregister_provider(self)

    def call(self, event: Event) -> BaseException | None:
        """Run the handler in a Nameko worker; returns what it raised."""
        outcome = Promise()

        def finish(_: Any, result: Any, exc_info: Any) -> Any:
            outcome.send(exc_info[1] if exc_info else None)
            return result, None  # the failure is answered here, by the ladder

        self.container.spawn_worker(self, (event,), {}, handle_result=finish)
        raised: BaseException | None = outcome.wait()
        return raised


def subscribe(event_class: type[Event]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Call the decorated method of a Nameko service for each event of this class."""
    decorated: Callable[[Callable[..., Any]], Callable[..., Any]] = Subscription.decorator(event_class)
    return decorated

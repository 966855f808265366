"""`@subscribe(Event)`: a Nameko entrypoint for each event of a class, read from the service's inbox."""

from collections.abc import Callable
from typing import Any

from eventlet.event import Event as Promise
from nameko.extensions import Entrypoint

from shared.events.base import Event
from shared.messaging.consumer import EventConsumer


class Subscription(Entrypoint):  # type: ignore[misc]
    """The entrypoint behind `@subscribe`."""

    consumer = EventConsumer()

    def __init__(self, event_class: type[Event], **options: Any) -> None:
        super().__init__(**options)
        self.event_class = event_class

    def setup(self) -> None:
        """Have the inbox's consumer deliver to this handler."""
        self.consumer.register_provider(self)

    def stop(self) -> None:
        """Take no more events."""
        self.consumer.unregister_provider(self)

    def call(self, event: Event) -> BaseException | None:
        """Run the handler in a Nameko worker; returns what it raised."""
        outcome = Promise()

        def finish(_: Any, result: Any, exc_info: Any) -> Any:
            outcome.send(exc_info[1] if exc_info else None)
            return result, None  # the failure is answered here, by the retry queues

        self.container.spawn_worker(self, (event,), {}, handle_result=finish)
        raised: BaseException | None = outcome.wait()
        return raised


def subscribe(event_class: type[Event]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Call the decorated method of a Nameko service for each event of this class."""
    decorated: Callable[[Callable[..., Any]], Callable[..., Any]] = Subscription.decorator(event_class)
    return decorated

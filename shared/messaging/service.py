"""Base of all Nameko services: opens the runtime, relays the outbox, answers probes."""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from nameko.extensions import DependencyProvider

from shared.admin import serve_admin
from shared.messaging.relay import Relay
from shared.observability import continue_trace
from shared.runtime import Runtime, Store
from shared.settings import ServiceSettings, read


class RunningService(DependencyProvider):  # type: ignore[misc]
    """Gives a service its runtime as `self.runtime`, and its handlers the trace of their cause."""

    def setup(self) -> None:
        """Open the runtime; a missing setting ends the process with a message that names it."""
        service = self.container.service_cls
        self.runtime: Runtime[Any] = service.runtime_class(
            service.settings(), service.repositories, service.buckets
        )
        self.runtime.open()
        serve_admin(service.settings().admin_port, ready=self._ready)

    def get_dependency(self, worker_ctx: Any) -> Runtime[Any]:
        """What the service sees."""
        return self.runtime

    def worker_setup(self, worker_ctx: Any) -> None:
        """Go on with the trace of the event that is being handled."""
        cause = worker_ctx.args[0].meta if worker_ctx.args else None
        continue_trace(cause.traceparent if cause else None)

    def _ready(self) -> bool:
        working = [it for it in self.container.extensions if hasattr(it, "is_ready")]
        return self.runtime.ready() and all(it.is_ready for it in working)


class Service:
    """A service's events process. Subclasses set `name` and `repositories`, and subscribe.

    One that publishes nothing sets `relay = None`.
    """

    name: ClassVar[str]
    repositories: ClassVar[Sequence[Store]]
    buckets: ClassVar[tuple[str, ...]] = ()
    settings_class: ClassVar[type[ServiceSettings]] = ServiceSettings
    runtime_class: ClassVar[type[Runtime[Any]]] = Runtime

    runtime: Any = RunningService()
    relay: Relay | None = Relay()

    @classmethod
    @cache
    def settings(cls) -> Any:
        """The settings of this process, read once."""
        return read(cls.settings_class)

"""Base of all Nameko services: opens the runtime, relays the outbox, answers probes."""

from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, cast

from nameko.extensions import DependencyProvider

from shared.messaging.relay import Relay
from shared.observability.admin_server import serve_admin
from shared.observability.tracing import continue_trace
from shared.runtime import Runtime

R = TypeVar("R", bound=Runtime[Any])


class RuntimeProvider(DependencyProvider):  # type: ignore[misc]
    """Gives a service its runtime as `self.runtime`, and its handlers the trace of their cause."""

    def setup(self) -> None:
        """Open the runtime; a missing setting ends the process with a message that names it."""
        self.runtime: Runtime[Any] = self.container.service_cls.process_runtime()
        self.runtime.open()
        serve_admin(self.runtime.settings.admin_port, ready=self._ready)

    def get_dependency(self, worker_ctx: Any) -> Runtime[Any]:
        """What the service sees."""
        return self.runtime

    def worker_setup(self, worker_ctx: Any) -> None:
        """Go on with the trace of the event that is being handled."""
        cause = worker_ctx.args[0].meta if worker_ctx.args else None
        continue_trace(cause.traceparent if cause else None)

    def _ready(self) -> bool:
        working = [extension for extension in self.container.extensions if hasattr(extension, "is_ready")]
        return self.runtime.ready() and all(extension.is_ready for extension in working)


class Service(Generic[R]):
    """A service's events process. Subclasses set `runtime_class`, whose name they have, and subscribe.

    One that publishes nothing sets `relay = None`.
    """

    name: ClassVar[str]  # by which Nameko knows it
    runtime_class: ClassVar[type[Runtime[Any]]]

    runtime: R = cast(R, RuntimeProvider())
    relay: Relay | None = Relay()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "runtime_class" in vars(cls):
            cls.name = cls.runtime_class.name

    @classmethod
    @cache
    def process_runtime(cls) -> R:
        """The runtime of this process, made once; its extensions use it, too."""
        return cast(R, cls.runtime_class.from_environment())

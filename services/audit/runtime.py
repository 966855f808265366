"""What a process of audit holds besides the common things."""

from services.audit.segments import Segments
from services.audit.settings import AuditSettings
from services.audit.storage import EventLog
from shared.runtime import Runtime, Store
from shared.settings import ServiceSettings


class AuditRuntime(Runtime[ServiceSettings]):
    """审计: the api process, which only reads."""

    name = "audit"

    def __init__(self, settings: ServiceSettings) -> None:
        super().__init__(settings)
        self.log = EventLog()

    @property
    def stores(self) -> tuple[Store, ...]:
        """The log."""
        return (self.log,)


class AuditEventsRuntime(AuditRuntime):
    """The events process, which writes the log and archives it."""

    settings_class = AuditSettings
    settings: AuditSettings

    def __init__(self, settings: AuditSettings) -> None:
        super().__init__(settings)
        self.segments = Segments()

    @property
    def stores(self) -> tuple[Store, ...]:
        """The log, and which segments of it are archived."""
        return (self.log, self.segments)

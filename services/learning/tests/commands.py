"""Which commands MongoDB is sent, to hold how often something is read and written."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring


class CommandLog(monitoring.CommandListener):
    """Notes `find studies`, `update studies` … while it is recording.

    It has to be registered before the client connects.
    """

    def __init__(self) -> None:
        self._commands: list[str] | None = None

    @contextmanager
    def recording(self) -> Iterator[list[str]]:
        """The commands that are sent while the context lasts, as they come."""
        self._commands = []
        try:
            yield self._commands
        finally:
            self._commands = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """A command is sent."""
        if self._commands is not None:
            self._commands.append(f"{event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Its answer says nothing more."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """It was sent all the same."""

"""Says, within a process, that events have been committed: its relay need not hear of it otherwise."""

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def listen(listener: Callable[[], None]) -> None:
    """Have `listener` called after each write that has left events in an outbox."""
    _listeners.append(listener)


def announce() -> None:
    """Such a write has been done."""
    for it in _listeners:
        it()

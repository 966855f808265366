"""Tells listeners in this process, such as its relay, that events have been committed."""

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def subscribe(listener: Callable[[], None]) -> None:
    """Have `listener` called after each write that leaves events in an outbox."""
    _listeners.append(listener)


def notify() -> None:
    """Such a write has been committed."""
    for listener in _listeners:
        listener()

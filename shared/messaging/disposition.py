"""What becomes of a delivered message, apart from any broker, and in which order it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from shared.crash_points import crash_point
from shared.events.envelope import Undecodable
from shared.messaging import topology

ERROR_HEADER = "x-xueshi-error"
MAX_CHARACTERS = 500
Headers = Mapping[str, Any]
Publish = Callable[[str, dict[str, object]], None]


class Outcome(Enum):
    """What becomes of a message."""

    ACK = "done"
    RETRY = "failed"  # on to a retry queue
    DEAD = "dead"  # after the last retry queue
    REJECT = "undecodable"  # dead-lettered by the broker


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """The outcome; `queue` and `headers` say where a copy goes first (AMQP's word)."""

    outcome: Outcome
    queue: str | None = None
    headers: dict[str, object] = field(default_factory=dict)


class Message(Protocol):
    """A delivered message (kombu's, or a simulated one)."""

    def ack(self) -> None:
        """The broker may forget it."""

    def reject(self) -> None:
        """The broker is to dead-letter it."""


def disposition_of(service: str, error: BaseException | None, headers: Headers | None) -> Disposition:
    """The disposition, given what reading or handling the message raised, and its headers."""
    if error is None:
        return Disposition(outcome=Outcome.ACK)
    if isinstance(error, Undecodable):
        return Disposition(outcome=Outcome.REJECT)
    tried = _tried(headers or {})
    last = tried >= len(topology.RETRY_DELAYS_MS)
    queue = topology.dead(service) if last else topology.retry(service, tried)
    reason = f"{type(error).__name__}: {error}"[:MAX_CHARACTERS]
    return Disposition(
        outcome=Outcome.DEAD if last else Outcome.RETRY,
        queue=queue.name,
        headers={topology.RETRY_HEADER: tried + 1, ERROR_HEADER: reason},
    )


def dispose(message: Message, disposition: Disposition, publish: Publish) -> None:
    """Do it. `publish(queue, headers)` returns once the copy is confirmed: only then may the original go."""
    if disposition.outcome is Outcome.REJECT:
        message.reject()
        return
    if disposition.queue:
        publish(disposition.queue, disposition.headers)
        crash_point("after-retry-publish-before-ack")
    message.ack()


def _tried(headers: Headers) -> int:
    """How often it has failed; a header that is no such number counts as never."""
    tried = headers.get(topology.RETRY_HEADER, 0)
    return tried if isinstance(tried, int) and tried >= 0 else 0

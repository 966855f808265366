"""What a consumer answers to a message, apart from any broker, and in which order it does so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from shared.crash_points import crash_point
from shared.events.envelope import Undecodable
from shared.messaging import topology

ERROR_HEADER = "x-xueshi-error"
MOST_CHARACTERS = 500


class Verdict(Enum):
    """What becomes of a message."""

    ACK = "done"
    RETRY = "failed"  # on to a rung of the ladder
    DEAD = "dead"  # the ladder has ended
    REJECT = "undecodable"  # dead-lettered by the broker


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The verdict; `queue` and `headers` say where a copy goes first."""

    verdict: Verdict
    queue: str | None = None
    headers: dict[str, object] = field(default_factory=dict)


class Message(Protocol):
    """A delivered message (kombu's, or a simulated one)."""

    def ack(self) -> None:
        """The broker may forget it."""

    def reject(self) -> None:
        """The broker is to dead-letter it."""


def decide(service: str, error: BaseException | None, headers: Mapping[str, Any] | None) -> Answer:
    """What to answer, given what reading or handling the message raised, and its headers."""
    if error is None:
        return Answer(verdict=Verdict.ACK)
    if isinstance(error, Undecodable):
        return Answer(verdict=Verdict.REJECT)
    tried = _tried(headers or {})
    last = tried >= len(topology.RETRY_DELAYS_MS)
    queue = topology.dead(service) if last else topology.retry(service, tried)
    says = f"{type(error).__name__}: {error}"[:MOST_CHARACTERS]
    return Answer(
        verdict=Verdict.DEAD if last else Verdict.RETRY,
        queue=queue.name,
        headers={topology.RETRY_HEADER: tried + 1, ERROR_HEADER: says},
    )


def settle(message: Message, answer: Answer, publish: Callable[[str, dict[str, object]], None]) -> None:
    """Answer. `publish(queue, headers)` returns once the copy is confirmed: only then may the original go."""
    if answer.verdict is Verdict.REJECT:
        message.reject()
        return
    if answer.queue:
        publish(answer.queue, answer.headers)
        crash_point("after-retry-publish-before-ack")
    message.ack()


def _tried(headers: Mapping[str, Any]) -> int:
    """How often it has failed; a header that is no such number does not keep a message from its answer."""
    tried = headers.get(topology.RETRY_HEADER, 0)
    return tried if isinstance(tried, int) and tried >= 0 else 0

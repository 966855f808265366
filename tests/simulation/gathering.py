"""Group commit in the simulation: reports that threads of one process make at once go together."""

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from greenlet import getcurrent


@dataclass(eq=False)
class Asked:
    """A question, and its answer once there is one."""

    question: Any
    answer: Any = None
    answered: bool = False


class SimulatedGatherer:
    """Stands where `shared.persistence.gathering.Gatherer` does, with threads that the world switches."""

    def __init__(self, send_all: Callable[[list[Any]], Sequence[Any]]) -> None:
        self._send_all, self._waiting = send_all, list[Asked]()

    async def send(self, question: Any) -> Any:
        """The answer, in one round trip with those who ask meanwhile. Raises what this question met."""
        asked = Asked(question)
        self._waiting.append(asked)
        _step("gather")
        if asked in self._waiting:
            together, self._waiting = self._waiting, []
            answers = self._send_all([each.question for each in together])
            for each, answer in zip(together, answers, strict=True):
                each.answer, each.answered = answer, True
        while not asked.answered:
            _step("await")
        if isinstance(asked.answer, BaseException):
            raise asked.answer
        return asked.answer


class SimulatedLocks:
    """Stands where `shared.persistence.group_updates.Locks` does."""

    def __init__(self) -> None:
        self._held = set[str]()

    @asynccontextmanager
    async def of(self, id: str) -> AsyncIterator[None]:
        """One thread at a time; which of those that wait is next, the world decides."""
        while id in self._held:
            _step("await")
        self._held.add(id)
        try:
            yield
        finally:
            self._held.discard(id)


class SimulatedLoop:
    """Stands where the module `asyncio` does: a thread of the process waits, and no loop runs."""

    @staticmethod
    async def to_thread(function: Callable[..., Any], *arguments: Any) -> Any:
        """In this very thread."""
        return function(*arguments)


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What it returns; it never waits for a real event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for an event loop")


def _step(kind: str) -> None:
    """Another thread goes on, where threads are simulated."""
    process = getattr(getcurrent(), "process", None)
    if process is not None:
        process.world.step(kind)

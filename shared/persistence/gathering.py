"""Group commit for callers on an event loop: what they ask during a round trip goes together in the next one.

`Batcher` does the same for threads. A web server that hands each request to a thread of its own pays more for
the threads than for all of its work: here one thread serves a whole group, and nobody else leaves the loop.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
MAX_TOGETHER = 100  # requests of one round trip
ROUND_TRIPS = 1  # at once: two would halve the groups, and a small group costs nearly as much as a large one


@dataclass(frozen=True)
class _Asked(Generic[Q]):
    question: Q
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"


class Gatherer(Generic[Q, A]):
    """`send_all` answers requests in their order, in a thread; for one that fails, with the exception."""

    def __init__(self, send_all: Callable[[list[Q]], Sequence[A | BaseException]]) -> None:
        self._send_all = send_all
        self._mutex, self._waiting, self._under_way = threading.Lock(), list[_Asked[Q]](), 0

    async def send(self, question: Q) -> A:
        """The answer. Raises what this request met, or what kept all of them from an answer."""
        loop = asyncio.get_running_loop()
        asked = _Asked(question, loop, loop.create_future())
        with self._mutex:
            self._waiting.append(asked)
            begins = self._under_way < ROUND_TRIPS
            self._under_way += begins
        if begins:
            self._threads.submit(self._work)
        answer: A = await asked.answer
        return answer

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(ROUND_TRIPS, "group-commit")

    def _work(self) -> None:
        """Until nothing waits."""
        while together := self._take():
            answers: Sequence[A | BaseException]
            try:
                answers = self._send_all([asked.question for asked in together])
            except BaseException as error:
                answers = [error] * len(together)
            _deliver(together, answers)

    def _take(self) -> list[_Asked[Q]]:
        with self._mutex:
            together, self._waiting = self._waiting[:MAX_TOGETHER], self._waiting[MAX_TOGETHER:]
            if not together:
                self._under_way -= 1
            return together


def _deliver(together: Sequence[_Asked[Any]], answers: Sequence[Any]) -> None:
    """Wake each event loop once; one that has been closed meanwhile has nobody who waits."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for asked, answer in zip(together, answers, strict=True):
        by_loop.setdefault(asked.loop, []).append((asked.answer, answer))
    for loop, settled in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, settled)


def _settle(settled: Sequence[tuple["asyncio.Future[Any]", Any]]) -> None:
    for future, answer in settled:
        if future.done():  # whoever asked has been cancelled
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)

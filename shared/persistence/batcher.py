"""Group commit: requests that arrive while a round trip is under way are sent together in the next one.

One caller leads at a time: it takes every request that is waiting, sends them all at once and passes the lead
on. A lone caller waits for nobody; under load one round trip, and one flush of the server's journal, serves
many callers (DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984).
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
MAX_TOGETHER = 100  # requests of one round trip


class Batcher(Generic[Q, A]):
    """`send_all` answers requests in their order; for one that fails, the answer is the exception."""

    def __init__(self, send_all: Callable[[list[Q]], Sequence[A | BaseException]]) -> None:
        self._send_all = send_all
        self._mutex, self._waiting = threading.Lock(), list[_Request[Q, A]]()
        self._leader: _Request[Q, A] | None = None

    def send(self, question: Q) -> A:
        """The answer. Raises what this request met, or what kept all of them from an answer."""
        request: _Request[Q, A] = _Request(question)
        with self._mutex:
            self._waiting.append(request)
            if self._leader is None:
                self._let_lead(request)
        try:
            request.woken.acquire()
            if self._leader is request:
                time.sleep(0)  # callers that are about to send join this round trip
        except BaseException:
            self._withdraw(request)
            raise
        if self._leader is request:
            self._lead()
        return request.outcome()

    def _lead(self) -> None:
        with self._mutex:
            together, self._waiting = self._waiting[:MAX_TOGETHER], self._waiting[MAX_TOGETHER:]
        answers: Sequence[A | BaseException]
        try:
            answers = self._send_all([request.question for request in together])
        except BaseException as error:
            answers = [error] * len(together)
        with self._mutex:
            self._let_lead(self._waiting[0] if self._waiting else None)
        for request, answer in zip(together, answers, strict=True):
            request.answer = answer
            request.woken.release()

    def _let_lead(self, request: "_Request[Q, A] | None") -> None:
        self._leader = request
        if request:
            request.woken.release()

    def _withdraw(self, request: "_Request[Q, A]") -> None:
        """A caller that is interrupted before it has led must not hold up the others."""
        with self._mutex:
            if request in self._waiting:
                self._waiting.remove(request)
            if self._leader is request:
                self._let_lead(self._waiting[0] if self._waiting else None)


class _Request(Generic[Q, A]):
    """A request, and its answer once it has arrived."""

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()

    def outcome(self) -> A:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # a caller that was woken and does not lead has one

"""Batcher commit: what is asked for while an answer is on its way is then asked for together.

One caller leads at a time: it takes every question that has come, asks them all at once and hands on. Alone
it waits for nobody; under load one round trip, and one flush of the server's journal, serves many callers
(DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984).
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
MOST = 100  # questions asked together


class Batcher(Generic[Q, A]):
    """`ask_all` answers questions in their order; for one that fails, the answer is the exception."""

    def __init__(self, ask_all: Callable[[list[Q]], Sequence[A | BaseException]]) -> None:
        self._ask_all = ask_all
        self._mutex, self._waiting = threading.Lock(), list[_Place[Q, A]]()
        self._leader: _Place[Q, A] | None = None

    def ask(self, question: Q) -> A:
        """The answer. Raises what the question met, or what kept all of them from an answer."""
        place: _Place[Q, A] = _Place(question)
        with self._mutex:
            self._waiting.append(place)
            if self._leader is None:
                self._call(place)
        try:
            place.called.acquire()
            if self._leader is place:
                time.sleep(0)  # whoever is about to ask comes along
        except BaseException:
            self._leave(place)
            raise
        if self._leader is place:
            self._lead()
        return place.outcome()

    def _lead(self) -> None:
        with self._mutex:
            together, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        answers: Sequence[A | BaseException]
        try:
            answers = self._ask_all([it.question for it in together])
        except BaseException as error:
            answers = [error] * len(together)
        with self._mutex:
            self._call(self._waiting[0] if self._waiting else None)
        for place, answer in zip(together, answers, strict=True):
            place.answer = answer
            place.called.release()

    def _call(self, place: "_Place[Q, A] | None") -> None:
        """Let this one lead."""
        self._leader = place
        if place:
            place.called.release()

    def _leave(self, place: "_Place[Q, A]") -> None:
        """Who is stopped before it has asked must not be waited for."""
        with self._mutex:
            if place in self._waiting:
                self._waiting.remove(place)
            if self._leader is place:
                self._call(self._waiting[0] if self._waiting else None)


class _Place(Generic[Q, A]):
    """A question, and its answer once it has come."""

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | BaseException | None = None
        self.called = threading.Lock()
        self.called.acquire()

    def outcome(self) -> A:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # whoever was called and does not lead has one

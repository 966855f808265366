"""Waiting for a condition, with a deadline: every other wait in this package is made of `poll`."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
PAUSE_SECONDS = 0.05


def poll(ask: Callable[[], T], seconds: float, pause: float = PAUSE_SECONDS) -> T:
    """Ask until the answer is true or `seconds` have passed; returns the last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(pause)
    return answer


def eventually(ask: Callable[[], T], seconds: float = 30.0) -> T:
    """The first true answer; an AssertionError on the way counts as not yet. Fails after `seconds`."""
    last = _Attempt(ask)
    poll(last.succeeds, seconds)
    if last.failure:
        raise last.failure
    assert last.answer, f"not within {seconds} s: {last.answer!r}"
    return last.answer


class _Attempt(Generic[T]):
    """The newest answer to a question, or the assertion that failed instead."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self.answer: T | None = None
        self.failure: AssertionError | None = None

    def succeeds(self) -> bool:
        try:
            self.answer, self.failure = self._ask(), None
        except AssertionError as error:
            self.failure = error
            return False
        return bool(self.answer)

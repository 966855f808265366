"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(ask: Callable[[], T], seconds: float = 30.0) -> T:
    """The first true answer; an AssertionError on the way counts as not yet. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = ask()
            if answer or time.monotonic() >= deadline:
                assert answer, f"not within {seconds} s: {answer!r}"
                return answer
        except AssertionError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.05)

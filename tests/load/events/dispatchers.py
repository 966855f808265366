"""A Nameko entrypoint: ten dispatchers that call a method over and over, flat out or at a pace."""

import os
import time
from functools import partial
from pathlib import Path
from typing import Any

from eventlet.event import Event as Promise
from nameko.extensions import Entrypoint

DISPATCHERS = 10
SECONDS, RATE, DONE = "BENCH_SECONDS", "BENCH_RATE", "BENCH_DONE"  # rate: calls a second, 0 = flat out


class Dispatchers(Entrypoint):  # type: ignore[misc]
    """Calls the method with the id of a new note; makes the file BENCH_DONE once all have stopped."""

    def setup(self) -> None:
        """Read how long and how fast."""
        self._seconds, self._rate = float(os.environ[SECONDS]), float(os.environ[RATE])
        self._running = DISPATCHERS

    def start(self) -> None:
        """Begin."""
        started = time.monotonic()
        for index in range(DISPATCHERS):
            self.container.spawn_managed_thread(partial(self._dispatch, index, started))

    def _dispatch(self, index: int, started: float) -> None:
        number = index
        while (due := self._due(number, started)) < started + self._seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            self._call(f"{os.getpid():08d}-{number:023d}")
            number += DISPATCHERS
        self._running -= 1
        if not self._running:
            Path(os.environ[DONE]).touch()

    def _due(self, number: int, started: float) -> float:
        return started + number / self._rate if self._rate else time.monotonic()

    def _call(self, id: str) -> None:
        outcome = Promise()

        def finish(_: Any, result: Any, exc_info: Any) -> Any:
            outcome.send(exc_info)
            return result, exc_info

        self.container.spawn_worker(self, (), {"id": id}, handle_result=finish)
        if outcome.wait():
            raise RuntimeError("a dispatcher failed")


dispatchers = Dispatchers.decorator

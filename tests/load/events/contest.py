"""One contestant's run: a reader and a writer, processes of their own, and the times of every note."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import quantiles
from typing import Any

import pika
import psutil

from testkit.servers.layout import REPOSITORY
from testkit.service_process import nameko
from testkit.waiting import eventually
from tests.load.events import dispatchers, moments

WARM_UP_SECONDS = 2.0
START_SECONDS, SILENCE_SECONDS, STOP_SECONDS = 60.0, 20.0, 30.0


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """`name` is the prefix of its modules; a consumer on `inbox` shows that its reader is ready."""

    name: str
    inbox: str
    writer: Mapping[str, str]  # environments
    reader: Mapping[str, str]

    @property
    def amqp_uri(self) -> str:
        """The broker."""
        return self.reader["XUESHI_AMQP_URI"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """When each note was written, and every handling of it."""

    written: dict[str, float]
    handled: list[tuple[str, float]]
    cpu_seconds: dict[str, float]  # by process, the servers' included

    @property
    def per_s(self) -> float:
        """Notes a second, from the first write to the last handling."""
        return len(self.written) / (max(at for _, at in self.handled) - min(self.written.values()))

    @property
    def lost(self) -> int:
        """Written and never handled."""
        return len(self.written.keys() - {id for id, _ in self.handled})

    @cached_property
    def latencies_ms(self) -> list[float]:
        """From written to first handled, but for the first two seconds: both sides open their connections."""
        first, warm = dict(reversed(self.handled)), min(self.written.values()) + WARM_UP_SECONDS
        return [1000 * (first[id] - at) for id, at in self.written.items() if id in first and at > warm]

    def figures(self) -> dict[str, Any]:
        """All that a report needs."""
        cuts = quantiles(self.latencies_ms, n=100)
        return {
            "notes": len(self.written), "per_s": self.per_s, "lost": self.lost,
            "p50_ms": cuts[49], "p99_ms": cuts[98], "max_ms": max(self.latencies_ms),
            "handlings": len(self.handled), "cpu_ms_a_note": self._cpu(),
        }  # fmt: skip

    def _cpu(self) -> dict[str, float]:
        return {name: 1000 * seconds / len(self.written) for name, seconds in self.cpu_seconds.items()}


def run(
    contestant: Contestant, folder: Path, servers: Mapping[str, int], seconds: float, rate: float = 0.0
) -> Run:
    """Let ten dispatchers write for `seconds`, flat out or `rate` a second; wait until all is handled.

    `servers` are process ids by name, whose processor time is measured too.
    """
    folder.mkdir(parents=True)
    pace = {
        dispatchers.SECONDS: str(seconds),
        dispatchers.RATE: str(rate),
        dispatchers.DONE: str(folder / "done"),
    }
    with _side("reader", contestant.name, contestant.reader, folder) as reader:
        eventually(lambda: _is_reading(contestant), START_SECONDS)
        with _side("writer", contestant.name, {**contestant.writer, **pace}, folder) as writer:
            pids = {"writer": writer, "reader": reader, **servers}
            before = _cpu(pids)
            _await_done(folder, seconds)
            _drain(folder)
            after = _cpu(pids)
    return Run(
        written=dict(moments.read(folder / "writer")),
        handled=moments.read(folder / "reader"),
        cpu_seconds={name: after[name] - before[name] for name in pids},
    )


@contextmanager
def _side(side: str, name: str, environment: Mapping[str, str], folder: Path) -> Iterator[int]:
    """A process of the stock Nameko command; its id."""
    command = [
        *nameko(f"tests.load.events.{name}_{side}"),
        "--define",
        f"AMQP_URI={environment['XUESHI_AMQP_URI']}",
    ]
    out = {moments.OUT: str(folder / side)}
    with (folder / f"{side}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env={**environment, **out}, stdout=log, stderr=log
        )
    try:
        yield process.pid
        if process.poll() is not None:
            raise RuntimeError(f"{name}'s {side} has ended:\n{(folder / f'{side}.log').read_text()[-3000:]}")
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_reading(contestant: Contestant) -> bool:
    """Whether the reader's queue has a consumer."""
    with pika.BlockingConnection(pika.URLParameters(contestant.amqp_uri)) as connection:
        try:
            queue = connection.channel().queue_declare(contestant.inbox, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        return bool(queue.method.consumer_count)


def _drain(folder: Path) -> None:
    """Wait until every note is handled, or none has been for a while: then the rest is lost."""
    missing = -1

    def moved() -> bool:
        nonlocal missing
        before, missing = missing, _missing(folder)
        return missing != before or not missing

    while missing:
        eventually(moved, SILENCE_SECONDS)


def _missing(folder: Path) -> int:
    written, handled = (moments.read(folder / side) for side in ("writer", "reader"))
    return len({id for id, _ in written} - {id for id, _ in handled})


def _cpu(pids: Mapping[str, int]) -> dict[str, float]:
    """Processor seconds so far."""
    return {name: sum(psutil.Process(pid).cpu_times()[:2]) for name, pid in pids.items()}


def _await_done(folder: Path, seconds: float) -> None:
    try:
        eventually((folder / "done").exists, START_SECONDS + seconds)
    except AssertionError as error:
        output = (folder / "writer.log").read_text()[-3000:]
        raise RuntimeError(f"the dispatchers have not ended:\n{output}") from error

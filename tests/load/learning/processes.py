"""Processor time of the processes that take part."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil

from testkit.servers.stack import Stack


@contextmanager
def measured(pids: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """Processor seconds of each while the context lasts, filled in when it ends."""
    before, spent = _seconds(pids), dict[str, float]()
    yield spent
    after = _seconds(pids)
    spent.update({name: after[name] - before[name] for name in pids})


def pids_of(stack: Stack, names: tuple[str, ...]) -> dict[str, int]:
    """Those of them that run."""
    return {name: pid for name in names if (pid := stack.pid(name))}


def _seconds(pids: Mapping[str, int]) -> dict[str, float]:
    return {name: _of(psutil.Process(pid)) for name, pid in pids.items()}


def _of(process: psutil.Process) -> float:
    """Its own and its children's, those that have ended included."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)

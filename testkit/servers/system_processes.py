"""The processes of one system: find them all, and end them.

Every process of a system inherits XUESHI_STATE, the path of its state folder. Reading that variable from the
process itself finds grandchildren and daemons too, and never mistakes a stranger that got an old process id.
"""

from collections.abc import Callable
from pathlib import Path

import psutil

MARKER = "XUESHI_STATE"
GRACE_SECONDS = 40.0  # a broker and a database that close their files
KILL_SECONDS = 5.0


def processes_of(state: Path) -> list[psutil.Process]:
    """The processes of the system in `state`, those in folders below it included; never the caller."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != psutil.Process().pid and _belongs(process, state)
    ]


def end_processes(state: Path) -> list[str]:
    """End all of them, supervisors first (they end theirs in order). Returns the names of those that ran."""
    running = processes_of(state)
    names = [process.name() for process in running if process.is_running()]
    _end(
        [process for process in running if _is_supervisor(process)],
        lambda process: process.terminate(),
        GRACE_SECONDS,
    )
    _end(processes_of(state), lambda process: process.terminate(), GRACE_SECONDS)
    _end(processes_of(state), lambda process: process.kill(), KILL_SECONDS)
    return names


def _belongs(process: psutil.Process, state: Path) -> bool:
    try:
        marker = process.environ().get(MARKER)
    except psutil.Error:  # gone, a zombie, or another user's
        return False
    return marker is not None and Path(marker).is_relative_to(state)


def _is_supervisor(process: psutil.Process) -> bool:
    try:
        return bool(process.name().startswith("supervisord"))
    except psutil.Error:
        return False


def _end(
    processes: list[psutil.Process], how: Callable[[psutil.Process], None], patience_seconds: float
) -> None:
    for process in processes:
        try:
            how(process)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=patience_seconds)

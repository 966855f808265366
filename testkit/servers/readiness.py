"""Waits until programs are ready, all at once, and reports the one that does not become ready."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

from testkit.servers.layout import StackError
from testkit.servers.programs import Probe, Program
from testkit.servers.supervisor import Supervisor
from testkit.waiting import poll

POLL_SECONDS = 0.1
MAX_CRASHES = 3
LOG_LINES = 30


def await_ready(supervisor: Supervisor, programs: Iterable[Program], console: Console) -> None:
    """Wait for all, in parallel. Raises StackError with the end of the log of the first that fails."""
    waiting = {program.name: program for program in programs}
    started = time.monotonic()
    with _status(console, waiting) as status, _pool(len(waiting)) as pool:
        futures = {pool.submit(await_one, supervisor, program): program.name for program in waiting.values()}
        for future in as_completed(futures):
            future.result()
            del waiting[futures[future]]
            seconds = time.monotonic() - started
            console.print(
                f"  [green]✓[/] {futures[future]:<20} ready after {seconds:5.1f} s", highlight=False
            )
            status.update(_waiting_for(waiting))


def await_one(supervisor: Supervisor, program: Program) -> None:
    """Wait for one program, then prepare it. Raises StackError at its deadline or after its third crash."""
    pids = {0}  # of a program that is down

    def is_ready() -> bool:
        if program.ready():
            return True
        pids.add(supervisor.pid(program.name))
        if len(pids) > MAX_CRASHES + 1:
            raise StackError(_complaint(supervisor, program, f"has ended {MAX_CRASHES} times"))
        return False

    if not poll(is_ready, program.deadline, POLL_SECONDS):
        raise StackError(_complaint(supervisor, program, f"is not ready after {program.deadline:.0f} s"))
    program.prepare()


def await_condition(condition: Probe, what: str, deadline_seconds: float = 30.0) -> None:
    """Wait until a condition holds. Raises StackError that says `what` was waited for, at the deadline."""
    if not poll(condition, deadline_seconds, POLL_SECONDS):
        raise StackError(f"{what}: not within {deadline_seconds:.0f} s.")


def tail(supervisor: Supervisor, name: str, lines: int = LOG_LINES) -> str:
    """The end of a program's log."""
    path = supervisor.log_path(name)
    if not path.exists():
        return "(no output yet)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) or "(no output)"


def _complaint(supervisor: Supervisor, program: Program, what: str) -> str:
    path = supervisor.log_path(program.name)
    return f"{program.name} {what}. The end of its log ({path}):\n{tail(supervisor, program.name)}"


@contextmanager
def _pool(size: int) -> Iterator[ThreadPoolExecutor]:
    """A pool that a failure or Ctrl-C does not wait for."""
    pool = ThreadPoolExecutor(max(1, size))
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _status(console: Console, waiting: Iterable[str]) -> Status:
    return console.status(_waiting_for(waiting))


def _waiting_for(names: Iterable[str]) -> str:
    return f"waiting for {', '.join(names)}"

"""What a system needs of its host: the tools, its folder to itself, an end without interruption."""

import fcntl
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from testkit.servers import rabbitmq
from testkit.servers.layout import ENVIRONMENT, REPOSITORY, TOOLS, StackError

COMMAND_SECONDS = 120.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def check_tools() -> None:
    """Raise StackError that names a program which is not installed."""
    for tool in (str(TOOLS / "mongod"), str(TOOLS / "versitygw"), rabbitmq.SERVER, "haproxy", "epmd"):
        if shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
            raise StackError(f"{Path(tool).name} is missing. `make setup` installs it.")


def lock_folder(state: Path) -> IO[bytes]:
    """Lock the folder of a system; the kernel releases the lock when this process ends. Raises StackError."""
    file = (state / "lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise StackError(
            f"A system is already running in {state}. End it with Ctrl-C where it runs, or with `make down`."
        ) from error
    return file


@contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not stop the stopping."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous: Mapping[int, object] = {signum: signal.signal(signum, signal.SIG_IGN) for signum in _SIGNALS}
    try:
        yield
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)  # type: ignore[arg-type]


def run_module(module: str, arguments: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> str:
    """Run `python -m module arguments`; returns what it prints.

    Raises StackError with its errors when it fails or takes longer than 120 s.
    """
    try:
        done = subprocess.run(
            [str(ENVIRONMENT / "python"), "-m", module, *arguments],
            env={"PATH": os.environ.get("PATH", os.defpath), **environment},
            cwd=REPOSITORY,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise StackError(f"{module} failed ({error.returncode}):\n{error.stderr[-3000:]}") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{module} has not ended within {COMMAND_SECONDS:.0f} s.") from error
    return done.stdout

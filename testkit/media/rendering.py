"""Media are rendered once a clone, in the face worker's environment."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testkit.servers.layout import REPOSITORY, WORKER_ENVIRONMENT, StackError

MEDIA = REPOSITORY / ".run" / "media"


def render_media(folder: Path) -> None:
    """Photos, synthetic camera frames and lesson videos; a second process waits for the first.

    Raises StackError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_suffix(".lock")):
        _render(folder)


def _render(folder: Path) -> None:
    command = [str(WORKER_ENVIRONMENT / "python"), "-m", "testkit.media", "--out", str(folder)]
    log = folder.with_suffix(".log")  # MediaPipe's native code prints a lot
    with log.open("wb") as native:
        done = subprocess.run(command, cwd=REPOSITORY, stderr=native)
    if done.returncode:
        raise StackError(f"The media could not be rendered. The end of {log}:\n{log.read_text()[-2000:]}")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Held by one process at a time; the kernel releases it when that process ends."""
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""What both services do; the test asks the folder that $EFFECTS names."""

import os
import time
from pathlib import Path

SAID = "closed.word.said.v1"


def did(counter: str) -> None:
    """An effect, which the test can see."""
    with (_folder() / counter).open("a") as file:
        file.write("1")


def must_fail(note: str) -> bool:
    """Whether this is the first event with the note "fail once"."""
    failed = _folder() / "failed"
    if note != "fail once" or failed.exists():
        return False
    failed.touch()
    return True


def await_leave(note: str) -> None:
    """Wait until the test lets those with this note go on."""
    (_folder() / f"waits-{note}").touch()
    while not (_folder() / f"may-{note}").exists():
        time.sleep(0.02)
    (_folder() / f"goes-{note}").touch()


def _folder() -> Path:
    return Path(os.environ["EFFECTS"])

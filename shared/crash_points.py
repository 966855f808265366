"""Named places at which a test can let this process die, as a power cut would.

XUESHI_CRASH_AT="after-write" kills it there the first time, "after-write:3" the third time. Unset, nothing
ever happens.
"""

import os

KILLED = 137  # the exit status of SIGKILL
POINTS = (
    "after-write",
    "before-publish",
    "after-publish-before-confirm",
    "after-confirm-before-clear",
    "before-handle",
    "after-handle-before-ack",
    "after-retry-publish-before-ack",
    "within-refill",
)
ARCHIVE_POINTS = ("segment-decided", "segment-stored", "manifest-stored")

_name, _, _count = os.environ.get("XUESHI_CRASH_AT", "").partition(":")
_left = int(_count or 1)
if _name and _name not in POINTS + ARCHIVE_POINTS:
    known = ", ".join(POINTS + ARCHIVE_POINTS)
    raise ValueError(f"XUESHI_CRASH_AT names no crash point: {_name}; there are {known}")


def crash_point(name: str) -> None:
    """Die here, without any tidying up, when it was asked for."""
    global _left
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os._exit(KILLED)

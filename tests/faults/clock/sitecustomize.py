"""For a process under libfaketime 0.9.10, which refuses the clock_nanosleep by which Python 3.11 sleeps.

Python imports this at its start when the folder is on PYTHONPATH.
"""

import sys
import time
from select import select  # the original: eventlet later replaces the one in the module
from types import ModuleType


def sleep(seconds: float) -> None:
    """As time.sleep."""
    select([], [], [], max(0.0, seconds))


time.sleep = sleep
unpatched = ModuleType("time")  # where eventlet keeps the original time module
vars(unpatched).update(vars(time))
sys.modules["__original_module_time"] = unpatched

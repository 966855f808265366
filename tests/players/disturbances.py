"""What happens to the servers while honest learners play: restarts, and a clock that steps."""

import time

from testkit.servers.stack import Stack
from testkit.waiting import eventually
from tests.faults.breaking import fake_clock

RESTARTED = ("learning-api", "learning-events", "proctor-events", "gateway")
STEPS = ("+2", "-2", "+20", "-20")  # seconds that learning's clock is off, one after the other
QUIET_SECONDS, STEP_SECONDS = 12.0, 6.0


def disturb_servers(stack: Stack) -> None:
    """Each process of the way is killed once; then the clock of learning's api steps to and fro."""
    for name in RESTARTED:
        time.sleep(QUIET_SECONDS)  # people play
        stack.kill(name)
        _await_back(stack, name)
    clock = stack.state / "clock"
    clock.write_text("+0\n")
    stack.supervisor.prepare_once("learning-api", fake_clock(clock))
    stack.kill("learning-api")
    _await_back(stack, "learning-api")
    for step in STEPS:
        clock.write_text(f"{step}\n")
        time.sleep(STEP_SECONDS)  # reports come by the wrong clock
        clock.write_text("+0\n")
        time.sleep(STEP_SECONDS)  # and by the right one
    stack.kill("learning-api")
    _await_back(stack, "learning-api")


def _await_back(stack: Stack, name: str) -> None:
    program = stack.supervisor.programs[name]
    eventually(program.ready, program.deadline)

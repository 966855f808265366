"""How each kind of fault is inflicted on a running system, and repaired."""

import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from shared.crash_points import KILLED
from testkit.servers.layout import REPOSITORY
from testkit.servers.readiness import await_condition
from testkit.servers.stack import Stack
from tests.faults.broker_faults import OUTAGE_SECONDS, BrokerFaults
from tests.faults.crowd import Crowd
from tests.faults.plan import REFILLED, RETRIED, Fault

FAKE_CLOCK = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
FAKE_SLEEP = Path(__file__).with_name("clock")
FROZEN_SECONDS = 8.0
MISTIMED_SECONDS = 12.0
CRASH_SECONDS = 150.0
RESTART_SECONDS = 60.0
AwaitDeath = Callable[[Callable[[], bool], str], None]  # told how to see the death, and its name for messages


class Breaker:
    """Inflicts one fault after the other; `kills` counts deaths by SIGKILL or at a crash point."""

    def __init__(self, stack: Stack, crowd: Crowd) -> None:
        self._stack, self._crowd = stack, crowd
        self._broker = BrokerFaults(stack)
        self.kills = 0
        self._kinds: dict[str, Callable[[Fault], None]] = {
            "kill": self._kill,
            "freeze": self._freeze,
            "crash": self._crash,
            "clock": self._mistime,
            "stop_app": self._stop_app,
            "disk full": self._fill_disk,
            "objects away": self._take_objects,
            "queue deleted": self._delete_queue,
        }

    def do(self, fault: Fault) -> None:
        """Break, wait while the fault lasts, repair. Raises StackError when that cannot be done."""
        self._kinds[fault.kind](fault)

    def _kill(self, fault: Fault) -> None:
        self._await_running(fault.target)
        self._stack.kill(fault.target)
        self.kills += 1

    def _freeze(self, fault: Fault) -> None:
        self._await_running(fault.target)
        pid = self._stack.kill(fault.target, signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def _crash(self, fault: Fault) -> None:
        """The process is restarted with the crash point in its environment, and dies there once."""
        causes = {RETRIED: self._fail_certificates, REFILLED: self._refill_of(fault.target)}
        await_death = causes.get(fault.detail, self._await_death)
        before = self._crashes(fault.target)
        self._stack.supervisor.prepare_once(fault.target, {"XUESHI_CRASH_AT": fault.detail})
        self._kill(fault)
        await_death(lambda: self._crashes(fault.target) > before, str(fault))
        self.kills += 1

    def _await_death(self, has_died: Callable[[], bool], what: str) -> None:
        await_condition(has_died, what, CRASH_SECONDS)

    def _fail_certificates(self, has_died: Callable[[], bool], what: str) -> None:
        """Its cause: a certificate that cannot be stored goes through the retry queues."""
        self._crowd.hold("decide")
        try:
            await_condition(lambda: self._crowd.waiting("decide") > 0, f"{what}: a person to certify", 180.0)
            self._stack.await_ready("certificate-events")
            self._stack.supervisor.halt("s3")
        finally:
            self._crowd.release("decide")
        try:
            await_condition(has_died, what, CRASH_SECONDS)
        finally:
            self._bring_back("s3")

    def _refill_of(self, program: str) -> AwaitDeath:
        """Its cause: an inbox that was deleted is refilled from the log."""

        def delete_and_await(has_died: Callable[[], bool], what: str) -> None:
            self._await_back(program)
            self._broker.delete(f"{program.removesuffix('-events')}.inbox")
            self._await_death(has_died, what)

        return delete_and_await

    def _mistime(self, fault: Fault) -> None:
        """The clock of a running process jumps, and jumps back; then it is restarted with the real one."""
        clock = self._stack.state / f"clock-{fault.target}"
        clock.write_text("+0\n")
        self._stack.supervisor.prepare_once(fault.target, fake_clock(clock))
        self._kill(fault)
        self._await_back(fault.target)
        clock.write_text(f"{fault.detail}\n")
        time.sleep(MISTIMED_SECONDS)
        clock.write_text("+0\n")
        time.sleep(1.0)  # with the right time, before it dies
        self._kill(fault)

    def _stop_app(self, _: Fault) -> None:
        self._await_running("rabbitmq")
        self._broker.stop_application()

    def _fill_disk(self, _: Fault) -> None:
        self._broker.fill_disk()

    def _take_objects(self, _: Fault) -> None:
        self._stack.supervisor.halt("s3")
        time.sleep(OUTAGE_SECONDS)
        self._bring_back("s3")

    def _delete_queue(self, fault: Fault) -> None:
        self._broker.delete(fault.target)

    def _await_running(self, name: str) -> None:
        await_condition(lambda: bool(self._stack.pid(name)), f"{name} runs", RESTART_SECONDS)

    def _bring_back(self, name: str) -> None:
        self._stack.supervisor.launch(name)
        self._stack.await_ready(name)

    def _await_back(self, name: str) -> None:
        """Wait until a program is ready, without counting how often it has died."""
        program = self._stack.supervisor.programs[name]
        await_condition(program.ready, f"{name} is ready", program.deadline)

    def _crashes(self, name: str) -> int:
        """How often supervisord has seen a program end with the status of a crash point."""
        log = (self._stack.state / "log" / "supervisord.log").read_text()
        return len(re.findall(rf"exited: {name} \(exit status {KILLED}", log))


def fake_clock(file: Path) -> dict[str, str]:
    """The environment of a process whose wall clock is off by the seconds in `file`, which may change."""
    return {
        "LD_PRELOAD": FAKE_CLOCK,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": f"{FAKE_SLEEP}:{REPOSITORY}",
    }

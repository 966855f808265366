"""How each kind of fault is done to a running system, and undone."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pika

from shared.crash_points import KILLED
from testkit.servers import rabbitmq
from testkit.servers.layout import REPOSITORY, StackError
from testkit.servers.readiness import await_condition
from testkit.servers.stack import Stack
from tests.faults.crowd import Crowd
from tests.faults.plan import REFILLED, RETRIED, Fault

CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
FAKE_CLOCK = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
SLEEP = Path(__file__).with_name("clock")
FROZEN_SECONDS = 8.0
AWAY_SECONDS = 6.0
MISTIMED_SECONDS = 12.0
CRASH_SECONDS = 150.0
BACK_SECONDS = 60.0
Watch = Callable[[Callable[[], bool], str], None]  # waits until a process has died, which it names
MOST_DISK = "1000000GB"  # more than is free: what a broker sees when its disk is full


class Breaker:
    """Does one fault after the other; `kills` counts processes that died by SIGKILL or at a crash point."""

    def __init__(self, stack: Stack, crowd: Crowd) -> None:
        self._stack, self._crowd = stack, crowd
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
        """Break it, wait where the fault lasts, mend it. Raises StackError when that cannot be done."""
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
        """The process is started anew with the crash point in its environment, and dies there once."""
        causes = {RETRIED: self._failing_certificates, REFILLED: self._refill_of(fault.target)}
        watch_it_die = causes.get(fault.detail, self._as_ever)
        before = self._crashes(fault.target)
        self._stack.supervisor.prepare_once(fault.target, {"XUESHI_CRASH_AT": fault.detail})
        self._kill(fault)
        watch_it_die(lambda: self._crashes(fault.target) > before, str(fault))
        self.kills += 1

    def _as_ever(self, has_died: Callable[[], bool], what: str) -> None:
        await_condition(has_died, what, CRASH_SECONDS)

    def _failing_certificates(self, has_died: Callable[[], bool], what: str) -> None:
        """A certificate that cannot be stored climbs the retry ladder."""
        self._crowd.hold("decide")
        try:
            await_condition(lambda: self._crowd.waiting("decide") > 0, f"{what}: somebody to certify", 180.0)
            self._stack.await_ready("certificate-events")
            self._stack.supervisor.halt("s3")
        finally:
            self._crowd.let_go("decide")
        try:
            await_condition(has_died, what, CRASH_SECONDS)
        finally:
            self._bring_back("s3")

    def _refill_of(self, program: str) -> Watch:
        """An inbox that is gone is filled again."""

        def watch_it_die(has_died: Callable[[], bool], what: str) -> None:
            self._back(program)
            self._delete(f"{program.removesuffix('-events')}.inbox")
            self._as_ever(has_died, what)

        return watch_it_die

    def _mistime(self, fault: Fault) -> None:
        """The clock of a running process jumps, and jumps back; then it is started anew with the real one."""
        clock = self._stack.state / f"clock-{fault.target}"
        clock.write_text("+0\n")
        self._stack.supervisor.prepare_once(fault.target, fake_clock(clock))
        self._kill(fault)
        self._back(fault.target)
        clock.write_text(f"{fault.detail}\n")
        time.sleep(MISTIMED_SECONDS)
        clock.write_text("+0\n")
        time.sleep(1.0)  # it works on with the right time before it dies
        self._kill(fault)

    def _stop_app(self, _: Fault) -> None:
        self._await_running("rabbitmq")
        self._stack.await_ready("rabbitmq")
        self._control("stop_app")
        time.sleep(AWAY_SECONDS)
        self._control("start_app")

    def _fill_disk(self, _: Fault) -> None:
        self._stack.await_ready("rabbitmq")
        self._control("set_disk_free_limit", MOST_DISK)
        time.sleep(AWAY_SECONDS)
        self._control("set_disk_free_limit", "200MB")

    def _take_objects(self, _: Fault) -> None:
        self._stack.supervisor.halt("s3")
        time.sleep(AWAY_SECONDS)
        self._bring_back("s3")

    def _delete_queue(self, fault: Fault) -> None:
        self._delete(fault.target)

    # ---- parts ----

    def _delete(self, queue: str) -> None:
        self._stack.await_ready("rabbitmq")
        with pika.BlockingConnection(pika.URLParameters(rabbitmq.uri(self._stack.site))) as connection:
            connection.channel().queue_delete(queue)

    def _await_running(self, name: str) -> None:
        await_condition(lambda: bool(self._stack.pid(name)), f"{name} runs", BACK_SECONDS)

    def _bring_back(self, name: str) -> None:
        self._stack.supervisor.launch(name)
        self._stack.await_ready(name)

    def _back(self, name: str) -> None:
        """Wait until it is ready again, without counting how often it has died."""
        program = self._stack.supervisor.programs[name]
        await_condition(program.ready, f"{name} is ready", program.deadline)

    def _crashes(self, name: str) -> int:
        """How often supervisord has seen a program end with the status of a crash point."""
        log = (self._stack.state / "log" / "supervisord.log").read_text()
        return len(re.findall(rf"exited: {name} \(exit status {KILLED}", log))

    def _control(self, *arguments: str) -> None:
        """Run rabbitmqctl on the broker's node. Raises StackError with what it said."""
        environment = self._stack.supervisor.programs["rabbitmq"].environment
        command = [CONTROL, "-n", "xueshi@localhost", *arguments]
        done = subprocess.run(
            command, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise StackError(f"rabbitmqctl {' '.join(arguments)}: {done.stderr or done.stdout}")


def fake_clock(file: Path) -> dict[str, str]:
    """For a process whose wall clock is off by what stands in the file, now and after each change of it."""
    return {
        "LD_PRELOAD": FAKE_CLOCK,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": f"{SLEEP}:{REPOSITORY}",
    }

"""supervisord for one system: start it, end it, and ask it over its Unix socket."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from testkit.servers.layout import ENVIRONMENT, REPOSITORY, StackError
from testkit.servers.programs import Program
from testkit.servers.supervisor_configuration import configuration
from testkit.servers.system_processes import GRACE_SECONDS, MARKER, end_processes
from testkit.waiting import poll

START_SECONDS = 20.0
MAX_SOCKET_PATH = 107  # sun_path of sockaddr_un, unix(7)


class Supervisor:
    """One supervisord and the programs that it keeps alive."""

    def __init__(self, state: Path, programs: Iterable[Program]) -> None:
        self.state = state
        self.programs = {program.name: program for program in programs}
        self._socket = state / "supervisor.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start supervisord, without any program; it ends when this process does, however that ends."""
        if len(str(self._socket)) > MAX_SOCKET_PATH:
            raise StackError(f"The path {self._socket} is too long for a socket; use a shorter folder.")
        self.log_path("supervisord").parent.mkdir(exist_ok=True)
        self._socket.unlink(missing_ok=True)
        path = self._write_configuration()
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", str(ENVIRONMENT / "supervisord"), "-c", str(path)],
            env=self._environment(),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=(self.state / "log" / "supervisord.out").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
        )
        self._await_answer()

    def stop(self) -> None:
        """End everything in order; what does not end is killed. Nothing of this system is left after it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            end_processes(self.state)
            self._process.wait()
            self._process = None

    def launch(self, name: str) -> None:
        """Start a program and don't wait for it; nothing happens when it runs."""
        self._ask("startProcess", name, False)

    def halt(self, name: str) -> None:
        """Stop a program, and keep it stopped."""
        self._ask("stopProcess", name, True)

    def prepare_once(self, name: str, environment: Mapping[str, str]) -> None:
        """Give the next process of a program, and only that one, additional environment variables."""
        path = self.state / "once" / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.write_text("".join(f"{variable}={value}\n" for variable, value in environment.items()))

    def pid(self, name: str) -> int:
        """Its process id; 0 while it is down."""
        return int(self.info(name)["pid"])

    def info(self, name: str) -> dict[str, Any]:
        """What supervisord knows of a program (`getProcessInfo`)."""
        return dict(self._ask("getProcessInfo", name))

    def log_path(self, name: str) -> Path:
        """The file of its output."""
        return self.state / "log" / f"{name}.log"

    def _ask(self, method: str, name: str, *arguments: bool) -> Any:
        try:
            return getattr(self._proxy().supervisor, method)(
                f"{self.programs[name].group}:{name}", *arguments
            )
        except Fault as fault:
            if fault.faultString.startswith(("ALREADY_STARTED", "NOT_RUNNING")):
                return None
            raise StackError(f"The supervisor refuses {method} of {name}: {fault.faultString}") from fault

    def _proxy(self) -> ServerProxy:
        """One per question: a transport is not made for several threads."""
        transport = SupervisorTransport(serverurl=f"unix://{self._socket}")
        return ServerProxy("http://127.0.0.1", transport=transport)

    def _await_answer(self) -> None:
        poll(lambda: self._answers() or self._has_ended(), START_SECONDS)
        if not self._answers():
            output = (self.state / "log" / "supervisord.out").read_text()[-2000:]
            raise StackError(f"supervisord does not start:\n{output}")

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _answers(self) -> bool:
        try:
            state: Any = self._proxy().supervisor.getState()
            return bool(state["statename"] == "RUNNING")
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        """What every process inherits: of the caller's environment PATH, HOME and TZ, and nothing else."""
        kept = {name: os.environ[name] for name in ("HOME", "TZ") if name in os.environ}
        path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/bin"
        return kept | {"PATH": path, "LANG": "C.UTF-8", MARKER: str(self.state)}

    def _write_configuration(self) -> Path:
        path = self.state / "supervisord.conf"
        path.touch(mode=0o600)  # it holds secrets
        path.write_text(configuration(self.programs.values(), self._socket))
        return path

"""supervisord for one system: its configuration, its life, and questions to it over its Unix socket."""

import os
import shlex
import subprocess
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from testkit.servers import processes
from testkit.servers.layout import ENVIRONMENT, REPOSITORY, StackError
from testkit.servers.programs import Program

START_SECONDS = 20.0
STARTER = REPOSITORY / "testkit" / "servers" / "start.sh"
MAX_SOCKET_PATH = 107  # sun_path of sockaddr_un, unix(7)
PRIORITIES = {"servers": 100, "services": 200}  # ended in the opposite order
DAEMON = """\
[supervisord]
nodaemon=true
silent=true
umask=077
pidfile=%(here)s/supervisord.pid
logfile=%(here)s/log/supervisord.log
childlogdir=%(here)s/log
logfile_maxbytes=5MB
logfile_backups=1
[unix_http_server]
file={socket}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
PROGRAM = """\
[program:{name}]
command={starter} %(here)s/once/{name} {command}
environment={environment}
directory={directory}
autostart=false
autorestart=true
startsecs=2
startretries=1000
stopasgroup=true
killasgroup=true
stopwaitsecs={stop_seconds}
redirect_stderr=true
stdout_logfile=%(here)s/log/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
"""


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
        configuration = self._write_configuration()
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", str(ENVIRONMENT / "supervisord"), "-c", str(configuration)],
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
            self._process.wait(processes.GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            processes.end(self.state)
            self._process.wait()
            self._process = None

    def launch(self, name: str) -> None:
        """Start a program and don't wait for it; nothing happens when it runs."""
        self._ask("startProcess", name, False)

    def halt(self, name: str) -> None:
        """Stop a program, and keep it stopped."""
        self._ask("stopProcess", name, True)

    def prepare_once(self, name: str, environment: Mapping[str, str]) -> None:
        """Give the next process of a program, and only that one, these variables besides its own."""
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
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process
            if self._process.poll() is not None or time.monotonic() > deadline:
                output = (self.state / "log" / "supervisord.out").read_text()[-2000:]
                raise StackError(f"supervisord does not start:\n{output}")
            time.sleep(0.02)  # between two questions

    def _answers(self) -> bool:
        try:
            state: Any = self._proxy().supervisor.getState()
            return bool(state["statename"] == "RUNNING")
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        """What every process inherits: nothing of the caller's but the path, the home and the language."""
        kept = {name: os.environ[name] for name in ("HOME", "TZ") if name in os.environ}
        path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/bin"
        return kept | {"PATH": path, "LANG": "C.UTF-8", processes.MARKER: str(self.state)}

    def _write_configuration(self) -> Path:
        path = self.state / "supervisord.conf"
        path.touch(mode=0o600)  # it holds secrets
        path.write_text(self._configuration)
        return path

    @cached_property
    def _configuration(self) -> str:
        ordered = sorted(self.programs.values(), key=lambda program: program.group)
        groups = [
            _group(name, members) for name, members in groupby(ordered, key=lambda program: program.group)
        ]
        return "\n".join([DAEMON.format(socket=self._socket), *map(_section, ordered), *groups])


def _group(name: str, members: Iterable[Program]) -> str:
    names = ",".join(program.name for program in members)
    return f"[group:{name}]\nprograms={names}\npriority={PRIORITIES[name]}\n"


def _section(program: Program) -> str:
    return PROGRAM.format(
        name=program.name,
        starter=_escaped(shlex.quote(str(STARTER))),
        command=_escaped(shlex.join(program.command)),
        environment=_escaped(_quoted(program.environment)),
        directory=_escaped(str(REPOSITORY)),
        stop_seconds=program.stop_seconds,
    )


def _quoted(environment: Mapping[str, str]) -> str:
    if wrong := [name for name, value in environment.items() if set(value) & set('"\\\n')]:
        raise StackError(f"supervisord cannot pass on {', '.join(wrong)}: a quote, backslash or line break.")
    return ",".join(f'{name}="{value}"' for name, value in environment.items())


def _escaped(text: str) -> str:
    return text.replace("%", "%%")

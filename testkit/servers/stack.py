"""One complete system in one folder: start it, ask it, break parts of it, end it."""

import os
import signal
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rich.console import Console

from testkit.servers import (
    environments,
    gateway,
    mongodb,
    objects,
    processes,
    rabbitmq,
    readiness,
    services,
)
from testkit.servers.credentials import Credentials
from testkit.servers.host import check_tools, run_module, take_folder, undisturbed
from testkit.servers.layout import StackError
from testkit.servers.ports import PortBlock
from testkit.servers.programs import Program, Site
from testkit.servers.supervisor import Supervisor


class Stack:
    """RabbitMQ, mongod, S3, gateway, stand-ins and services, kept alive by a supervisor of their own.

    `with Stack(folder) as stack:` starts everything and ends everything, however the block ends. Two of them,
    in folders of their own, run side by side. `namespaces` are the sets of databases and vhosts to make:
    "" for the system itself, "_test" for tests that use the same servers without meeting it. `programs` names
    those to run; without it, all.
    """

    def __init__(
        self,
        state: Path,
        *,
        fixed_ports: bool = False,
        namespaces: Iterable[str] = ("",),
        programs: Collection[str] | None = None,
        console: Console | None = None,
    ) -> None:
        self.state = state.resolve()
        self.console = console or Console()
        self._fixed_ports = fixed_ports
        self._namespaces = tuple(namespaces)
        self._chosen = programs
        self._lock: IO[bytes] | None = None
        self._site: Site | None = None
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ---- life ----

    def start(self) -> None:
        """Start what does not run yet: servers, then everything on them. Raises StackError when one fails."""
        self.start_servers()
        programs = self._group("services")
        self._launch(programs)
        apis = [program.name.removesuffix("-api") for program in programs if program.name.endswith("-api")]
        readiness.await_condition(
            lambda: gateway.routes(self.site, apis), "The gateway reaches every service"
        )

    def start_servers(self) -> None:
        """Start RabbitMQ, mongod and S3 only, unless they run. Raises StackError when one fails."""
        if self._supervisor is not None:
            return
        check_tools()
        self._take_place()
        self._supervisor = Supervisor(self.state, self._programs())
        self._supervisor.start()
        servers = self._group("servers")
        # RabbitMQ would start a port mapper of its own, outside the supervisor.
        self._launch([program for program in servers if program.name == "epmd"])
        self._launch([program for program in servers if program.name != "epmd"])

    def stop(self) -> None:
        """End everything, services before servers; safe to call at any time, and more than once."""
        with undisturbed():
            if self._supervisor:
                self._supervisor.stop()
                self._supervisor = None
            if self._site:
                self._site.ports.close()
                self._site = None
            if self._lock:
                self._lock.close()
                self._lock = None

    # ---- what tests and the demo ask ----

    @property
    def url(self) -> str:
        """The gateway, without a slash at the end."""
        return self.site.url

    @property
    def site(self) -> Site:
        """State folder, ports and secrets. Raises StackError before the start."""
        if self._site is None:
            raise StackError("This system has not been started.")
        return self._site

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor. Raises StackError before the start."""
        if self._supervisor is None:
            raise StackError("This system has not been started.")
        return self._supervisor

    @property
    def credentials(self) -> Credentials:
        """The secrets of this system."""
        return self.site.credentials

    def env_for(self, service: str, namespace: str = "") -> dict[str, str]:
        """The environment of a service's api process ("worker": of the face worker)."""
        if service == "worker":
            return environments.worker(self.site, namespace)
        return environments.api(self.site, service, namespace)

    def address(self, name: str) -> str:
        """The address of a program that listens on 127.0.0.1, past the gateway: "sms", "payment-api" …"""
        return f"http://127.0.0.1:{self.site.ports[name]}"

    def run(
        self,
        service: str,
        module: str,
        *arguments: str,
        stdin: str = "",
        secrets: Mapping[str, str] | None = None,
    ) -> str:
        """Run `python -m module arguments` as a service's operator would; returns what it prints.

        `secrets` are environment variables besides the service's own. Raises StackError when it fails.
        """
        return run_module(module, arguments, self.env_for(service) | dict(secrets or {}), stdin)

    def pid(self, name: str) -> int:
        """The process id of a program; 0 while it is down."""
        return self.supervisor.pid(name)

    def kill(self, name: str, signum: int = signal.SIGKILL) -> int:
        """Send a signal to a program, which the supervisor restarts if it ends. Returns the process id."""
        pid = self.pid(name)
        if not pid:
            raise StackError(f"{name} is not running.")
        os.kill(pid, signum)
        return pid

    def restart(self, name: str) -> None:
        """Stop and start a program, and wait until it is ready."""
        self.supervisor.halt(name)
        self.supervisor.launch(name)
        self.await_ready(name)

    def await_ready(self, name: str) -> None:
        """Wait until a program is ready. Raises StackError with the end of its log when that fails."""
        readiness.await_one(self.supervisor, self.supervisor.programs[name])

    def log(self, name: str) -> str:
        """What a program has printed."""
        path = self.supervisor.log_path(name)
        return path.read_text(errors="replace") if path.exists() else ""

    # ---- inside ----

    def _take_place(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = take_folder(self.state)
        if left := processes.end(self.state):
            self.console.print(f"Ended what an earlier run left behind: {', '.join(sorted(set(left)))}")
        ports = PortBlock.fixed() if self._fixed_ports else PortBlock.free()
        self._site = Site(self.state, ports, Credentials(self.state / "secrets"))
        environments.write_operators_file(self._site)

    def _programs(self) -> list[Program]:
        epmd, broker = rabbitmq.programs(self.site, self._namespaces)
        servers = [epmd, mongodb.program(self.site, self._namespaces), broker, objects.program(self.site)]
        programs = [*servers, *services.programs(self.site)]
        return [program for program in programs if self._chosen is None or program.name in self._chosen]

    def _group(self, name: str) -> list[Program]:
        return [program for program in self.supervisor.programs.values() if program.group == name]

    def _launch(self, programs: list[Program]) -> None:
        for program in programs:
            self.supervisor.launch(program.name)
        readiness.await_ready(self.supervisor, programs, self.console)

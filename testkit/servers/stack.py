"""One complete system in one folder: start it and end it."""

from collections.abc import Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rich.console import Console

from testkit.servers import (
    gateway,
    mongodb,
    objects,
    rabbitmq,
    readiness,
    services,
)
from testkit.servers.credentials import Credentials
from testkit.servers.host import check_tools, lock_folder, undisturbed
from testkit.servers.operators_file import write_operators_file
from testkit.servers.ports import PortBlock
from testkit.servers.programs import Program, Site
from testkit.servers.running_system import RunningSystem
from testkit.servers.supervisor import Supervisor
from testkit.servers.system_processes import end_processes


class Stack(RunningSystem):
    """RabbitMQ, mongod, S3, gateway, stand-ins and services, kept alive by a supervisor of their own.

    `with Stack(folder) as stack:` starts everything and ends everything, however the block ends. Stacks in
    different folders run side by side. `namespaces` are the sets of databases and vhosts to create: "" for
    the system itself, "_test" for tests that use the same servers and share no data with it. `programs`
    names the programs to run; without it, all run.
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

    def start(self) -> None:
        """Start what is not running yet: servers, then all programs that need them. Raises StackError."""
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
        self._prepare_site()
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

    def _prepare_site(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = lock_folder(self.state)
        if left := end_processes(self.state):
            self.console.print(f"Ended processes of an earlier run: {', '.join(sorted(set(left)))}")
        ports = PortBlock.fixed() if self._fixed_ports else PortBlock.free()
        self._site = Site(self.state, ports, Credentials(self.state / "secrets"))
        write_operators_file(self._site)

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

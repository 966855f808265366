"""A system that runs: its addresses and secrets, and how to run commands on it and break it."""

import os
import signal
from collections.abc import Mapping

from testkit.servers import environments, readiness
from testkit.servers.credentials import Credentials
from testkit.servers.host import run_module
from testkit.servers.layout import StackError
from testkit.servers.programs import Site
from testkit.servers.supervisor import Supervisor


class RunningSystem:
    """Questions to a system and its programs. Each raises StackError before the system has started."""

    _site: Site | None = None
    _supervisor: Supervisor | None = None

    @property
    def url(self) -> str:
        """The gateway, without a slash at the end."""
        return self.site.url

    @property
    def site(self) -> Site:
        """State folder, ports and secrets."""
        if self._site is None:
            raise StackError("This system has not been started.")
        return self._site

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor."""
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
        """Send a signal to a program, which the supervisor restarts if it ends; returns the process id."""
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
        """The output of a program."""
        path = self.supervisor.log_path(name)
        return path.read_text(errors="replace") if path.exists() else ""

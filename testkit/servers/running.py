"""Where a system of this machine can be found by another process: its ports, beside its secrets."""

from pathlib import Path

from testkit.servers.credentials import Credentials
from testkit.servers.layout import StackError
from testkit.servers.ports import PortBlock
from testkit.servers.programs import Site

BASE_PORT = "base-port"


def announce(state: Path, ports: PortBlock) -> None:
    """Write down which block of ports the system in this folder has."""
    (state / BASE_PORT).write_text(f"{ports.base}\n")


def find(state: Path) -> Site:
    """The system in this folder. Raises StackError when none has ever run there."""
    announced = state / BASE_PORT
    if not announced.exists():
        raise StackError(f"No system has run in {state}. `make run` starts one.")
    return Site(state, PortBlock(int(announced.read_text())), Credentials(state / "secrets"))

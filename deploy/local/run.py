"""`make run`: the whole system on fixed ports, until Ctrl-C."""

import signal
import sys
from types import FrameType
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from services import SERVICES
from testkit.actors import cast
from testkit.servers.layout import REPOSITORY, StackError
from testkit.servers.stack import Stack

STATE = REPOSITORY / ".run" / "local"
console = Console(width=None if sys.stdout.isatty() else 130)


def main() -> int:
    """Start, print addresses and accounts, wait; 1 when it cannot start."""
    for signum in (signal.SIGINT, signal.SIGTERM):  # a shell's background job would ignore SIGINT
        signal.signal(signum, _end)
    try:
        with Stack(STATE, fixed_ports=True, console=console) as stack:
            show_addresses(stack)
            show_accounts(stack)
            console.print("Ctrl-C ends everything.")
            while True:
                signal.pause()
    except KeyboardInterrupt:
        console.print("Everything has ended.")
        return 0
    except StackError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return 1


def show_addresses(stack: Stack) -> None:
    """Print the addresses to open, and the folder of the logs."""
    table = Table(box=None, show_header=False)
    table.add_row("API", f"{stack.url}/api")
    for service in SERVICES:
        table.add_row("", f"{stack.url}/api/{service}/docs")
    table.add_row("gateway metrics", f"http://127.0.0.1:{stack.site.ports['gateway_admin']}/metrics")
    table.add_row("logs", str(stack.state / "log"))
    console.print(table)


def show_accounts(stack: Stack) -> None:
    """Print who can log in: the people of the demo, with secrets of this system."""
    table = Table("role", "user name", box=None)
    for secret in ("password", "TOTP secret (base32)"):
        table.add_column(secret, overflow="fold")  # a shortened secret is useless
    for account in cast.staff_accounts(stack):
        table.add_row(account.role, account.username, account.password, account.totp_secret)
    console.print(table)


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

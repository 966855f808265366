"""A block of TCP ports for one system, free or fixed.

Blocks are below Linux' ephemeral range (32768 and up), so that no outgoing connection takes a port between
the choice and the server's bind. The process that has chosen a block keeps its last port bound: this lock
keeps two systems that start at the same time out of each other's block.
"""

import os
import random
import socket
from collections.abc import Iterable

import psutil

from services import SERVICES
from testkit.servers.layout import StackError

NAMES = (
    "gateway",
    "gateway_admin",
    "mongod",
    "s3",
    "rabbitmq",
    "rabbitmq_distribution",
    "epmd",
    "wechatpay",
    "sms",
    *(f"{service}-api" for service in SERVICES),
    *(f"{service}-events" for service in SERVICES),
    "proctor-worker",
    "learning-worker",
)
BLOCK = 32
FREE_BLOCKS = range(20_000, 32_000, BLOCK)
DEFAULT_BASE = 18_080


class PortBlock:
    """The ports of one system, by name; `close` gives the block back.

    Without `lock` these are the ports of a system that another process runs.
    """

    def __init__(self, base: int, lock: socket.socket | None = None) -> None:
        self._lock = lock
        self.base = base
        self._ports = {name: base + offset for offset, name in enumerate(NAMES)}

    def __getitem__(self, name: str) -> int:
        return self._ports[name]

    def close(self) -> None:
        """Give the block back."""
        if self._lock:
            self._lock.close()

    @classmethod
    def free(cls) -> "PortBlock":
        """A block in which nothing listens. Raises StackError when there is none."""
        for base in random.sample(FREE_BLOCKS, len(FREE_BLOCKS)):
            if (lock := _bind(base + BLOCK - 1)) is None:
                continue
            if all(_is_free(port) for port in _used(base)):
                return cls(base, lock)
            lock.close()
        raise StackError(f"No {BLOCK} ports in a row are free in {FREE_BLOCKS.start}–{FREE_BLOCKS.stop}.")

    @classmethod
    def fixed(cls) -> "PortBlock":
        """The block at XUESHI_BASE_PORT (18080). Raises StackError that names a taken one."""
        base = int(os.environ.get("XUESHI_BASE_PORT", DEFAULT_BASE))
        lock = _bind(base + BLOCK - 1)
        taken = [port for port in _used(base) if not _is_free(port)]
        if taken or lock is None:
            port = taken[0] if taken else base + BLOCK - 1
            raise StackError(
                f"Port {port} is in use by {_holder(port)}. `make down` ends what a crashed run left behind; "
                f"for another block of {BLOCK} ports, set XUESHI_BASE_PORT (now {base})."
            )
        return cls(base, lock)


def _used(base: int) -> Iterable[int]:
    return range(base, base + len(NAMES))


def _is_free(port: int) -> bool:
    if probe := _bind(port):
        probe.close()
    return probe is not None


def _bind(port: int) -> socket.socket | None:
    """A socket that holds `port` on every interface, or None when a process has it on any."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("", port))
        probe.listen()
    except OSError:
        probe.close()
        return None
    return probe


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return "another process"

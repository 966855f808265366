"""The programs of one system, as data for the supervisor's configuration."""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testkit.servers.credentials import Credentials
from testkit.servers.ports import PortBlock

PROBE_SECONDS = 5.0
Probe = Callable[[], bool]


@dataclass(frozen=True)
class Site:
    """What one system owns on this machine: its state folder, its ports, its secrets."""

    state: Path
    ports: PortBlock
    credentials: Credentials

    @property
    def url(self) -> str:
        """The gateway, as a browser reaches it."""
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def folder(self, name: str) -> Path:
        """A folder of this system, which is created when it is missing."""
        folder = self.state / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process to keep alive. `ready` answers quickly; `deadline` is in seconds."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    group: str
    ready: Probe
    prepare: Callable[[], None] = lambda: None
    deadline: float = 180.0
    stop_seconds: int = 15


def answers(url: str) -> Probe:
    """Whether GET `url` gives 2xx within 5 s."""
    return lambda: 200 <= _status(url) < 300


def is_routed(url: str) -> bool:
    """Whether a service answers behind the gateway, even if it refuses."""
    return 200 <= _status(url) < 500


def _status(url: str) -> int:
    """The status of GET `url`; 0 when nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as response:  # noqa: S310 - our own http URLs
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0

"""Drawing and signing a certificate in a process of its own: they would hold up eventlet's hub.

Personal data goes through the pipe only.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter

from services.certificate.domain.document import CertificateData

DATA = TypeAdapter(CertificateData)  # as JSON through the pipe
MAX_SECONDS = 60
ENVIRONMENT = ("PATH", "PYTHONPATH")


class Run(Protocol):
    """`subprocess.run`, or eventlet's, which lets other green threads go on."""

    def __call__(self, command: list[str], **options: Any) -> Any: ...


class RenderingFailed(Exception):
    """The certificate cannot be made; the message is the kind of the error, without personal data."""


@dataclass(frozen=True)
class Renderer:
    """Starts the renderer, with the PEM files of the signing key and its certificate, and the font."""

    key: Path
    certificate: Path
    font: Path
    run: Run

    def render(self, data: CertificateData) -> bytes:
        """The signed PDF. Raises RenderingFailed, and TimeoutExpired after a minute."""
        files = [str(path) for path in (self.key, self.certificate, self.font)]
        done = self.run(
            [sys.executable, "-m", "services.certificate.adapters.render", *files],
            input=DATA.dump_json(data),
            capture_output=True,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            timeout=MAX_SECONDS,
        )
        if done.returncode != 0:
            raise RenderingFailed(_kind_of_error(done.stderr))
        return bytes(done.stdout)


def _kind_of_error(stderr: bytes) -> str:
    """Of the last line no more than the error's class: its text could quote personal data."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].split(":", 1)[0] if lines else "no message"

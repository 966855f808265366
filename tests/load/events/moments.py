"""When what happened to which note, in a file."""

import os
import time
from pathlib import Path
from typing import Any

from nameko.extensions import DependencyProvider

OUT = "BENCH_OUT"  # the file: a line "id seconds" for each moment
FLUSH_SECONDS = 0.2


class Moments(DependencyProvider):  # type: ignore[misc]
    """Gives a service `self.note_moment(id)`."""

    def setup(self) -> None:
        """Open the file."""
        self._file = Path(os.environ[OUT]).open("a")  # noqa: SIM115 - as long as the process

    def start(self) -> None:
        """Write in the background."""
        self.container.spawn_managed_thread(self._flush)

    def get_dependency(self, worker_ctx: Any) -> Any:
        """What the service calls."""
        return lambda id: self._file.write(f"{id} {time.time():.6f}\n")

    def _flush(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            self._file.flush()


def read(path: Path) -> list[tuple[str, float]]:
    """The whole lines written so far."""
    whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
    return [(id, float(at)) for id, at in (line.split() for line in whole.splitlines())]

"""The client in Go: built once for what it is made of, then run."""

import hashlib
import json
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testkit.servers.layout import REPOSITORY

SOURCE = Path(__file__).parent / "client"
BUILD = Path(__file__).parent / "build.sh"
STOP_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the client measured, and what was acknowledged in each session."""

    figures: dict[str, Any]
    sessions: list[dict[str, Any]]
    cpu_seconds: float  # of the client


def built() -> Path:
    """The program. Raises CalledProcessError when there is no Go and none can be installed."""
    content = b"".join(path.read_bytes() for path in sorted(SOURCE.glob("*.go")))
    program = REPOSITORY / ".run" / "bench" / f"learning-{hashlib.sha256(content).hexdigest()[:16]}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([str(BUILD), str(program)], check=True)
    return program


def run(program: Path, folder: Path, **options: object) -> Result:
    """Run the client with these options. Raises RuntimeError when it fails, TimeoutExpired when it hangs."""
    out = folder / "figures.json"
    arguments = [f"--{name}={value}" for name, value in options.items()]
    seconds = float(str(options["seconds"]))
    with subprocess.Popen([str(program), *arguments, f"--out={out}"]) as process:
        usage = _wait(process, seconds + STOP_SECONDS)
    figures = json.loads(out.read_text())
    lines = Path(f"{out}.sessions").read_text().splitlines()
    return Result(figures=figures, sessions=[json.loads(line) for line in lines], cpu_seconds=usage)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> float:
    """The processor seconds it took. Raises RuntimeError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.wait(seconds):
        raise RuntimeError(f"the client has failed with status {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

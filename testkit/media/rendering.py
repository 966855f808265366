"""Media are rendered once a clone, in the face worker's environment."""

import subprocess
from pathlib import Path

from testkit.servers.layout import REPOSITORY, WORKER_ENVIRONMENT, StackError

MEDIA = REPOSITORY / ".run" / "media"


def render_media(folder: Path) -> None:
    """Photos, synthetic camera frames and lesson videos, made once."""
    command = [str(WORKER_ENVIRONMENT / "python"), "-m", "testkit.media", "--out", str(folder)]
    log = folder.with_suffix(".log")  # MediaPipe's native code talks a lot
    folder.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as native:
        done = subprocess.run(command, cwd=REPOSITORY, stderr=native)
    if done.returncode:
        raise StackError(f"The media could not be rendered. The end of {log}:\n{log.read_text()[-2000:]}")

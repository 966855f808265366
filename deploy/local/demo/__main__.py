"""`make demo`: start everything, play one learner's journey, show what happened, stop everything."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from deploy.local import processes
from deploy.local.demo import account, cast
from deploy.local.demo.client import Refusal, TooSlow
from deploy.local.demo.journey import Journey
from deploy.local.layout import REPOSITORY, WORKER_ENVIRONMENT, StackError
from deploy.local.stack import Stack

OUT = REPOSITORY / ".run" / "demo"
MEDIA = REPOSITORY / ".run" / "media"
console = Console(width=None if sys.stdout.isatty() else 130)


def main() -> int:
    """0 when the journey went as it must; 1 with what went wrong."""
    started = time.monotonic()
    system = OUT / "system"
    try:
        processes.end(system)
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir(parents=True)
        render_media(MEDIA)
        with Stack(system, console=console) as stack:
            journey = play(stack)
            events = account.show(console, journey)
    except (StackError, Refusal, TooSlow, AssertionError) as error:
        console.print(f"The demo failed: {error}", style="red", markup=False)
        return 1
    matches = "yes" if journey.found["match"] else "no"
    seconds = time.monotonic() - started
    certificate = "valid" if journey.found["certificate"]["valid"] else "invalid"
    print(
        f"demo steps={len(journey.steps)} events={events} hours_match={matches} "
        f"certificate={certificate} seconds={seconds:.0f}"
    )
    return 0


def render_media(folder: Path) -> None:
    """Photos, synthetic camera frames and lesson videos, made once."""
    command = [str(WORKER_ENVIRONMENT / "python"), "-m", "deploy.local.media", "--out", str(folder)]
    log = folder.with_suffix(".log")  # MediaPipe's native code talks a lot
    folder.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as native:
        done = subprocess.run(command, cwd=REPOSITORY, stderr=native)
    if done.returncode:
        raise StackError(f"The media could not be rendered. The end of {log}:\n{log.read_text()[-2000:]}")


def play(stack: Stack) -> Journey:
    """One journey on a running system."""
    staff = {it.role: cast.staff(stack, it) for it in cast.staff_accounts(stack)}
    console.print("\n[bold]一名学员从申报到证书 One learner, from declaration to certificate[/]")
    journey = Journey(
        url=stack.url,
        organisation=staff["organisation"],
        province=staff["province"],
        auditor=staff["auditor"],
        learner=cast.learner(stack),
        media=MEDIA,
        out=OUT,
        say=lambda step: account.show_step(console, step),
    )
    journey.play()
    return journey


if __name__ == "__main__":
    sys.exit(main())

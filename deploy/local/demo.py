"""`make demo`: start everything, play one learner's journey, print its report, stop everything."""

import shutil
import sys
import time

from rich.console import Console

from testkit.actors import account, cast
from testkit.actors.client import Refusal, TooSlow
from testkit.actors.journey import Journey
from testkit.media.rendering import MEDIA, render_media
from testkit.servers.layout import REPOSITORY, StackError
from testkit.servers.stack import Stack
from testkit.servers.system_processes import end_processes

OUT = REPOSITORY / ".run" / "demo"
console = Console(width=None if sys.stdout.isatty() else 130)


def main() -> int:
    """0 when every step had its right result; 1 otherwise."""
    started = time.monotonic()
    system = OUT / "system"
    try:
        end_processes(system)
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir(parents=True)
        render_media(MEDIA)
        with Stack(system, console=console) as stack:
            journey = play(stack)
            events = account.show(console, journey)
    except (StackError, Refusal, TooSlow, AssertionError) as error:
        console.print(f"The demo failed: {error}", style="red", markup=False)
        return 1
    matches = "yes" if journey.hours_match else "no"
    seconds = time.monotonic() - started
    certificate = "valid" if journey.certificate["valid"] else "invalid"
    print(
        f"demo steps={len(journey.steps)} events={events} hours_match={matches} "
        f"certificate={certificate} seconds={seconds:.0f}"
    )
    return 0


def play(stack: Stack) -> Journey:
    """One journey on a running system."""
    staff = {account.role: cast.staff(stack, account) for account in cast.staff_accounts(stack)}
    console.print("\n[bold]一名学员从申报到证书 One learner, from declaration to certificate[/]")
    journey = Journey(
        url=stack.url,
        organisation=staff["organisation"],
        province=staff["province"],
        auditor=staff["auditor"],
        learner=cast.learner(stack),
        media=MEDIA,
        out=OUT,
        on_step=lambda step: account.show_step(console, step),
    )
    journey.play()
    return journey


if __name__ == "__main__":
    sys.exit(main())

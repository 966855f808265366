"""`make mutants SERVICE=payment JOBS=2`: plant mistakes in the rules, and count those that a test finds."""

import argparse
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from services import SERVICES
from testkit.servers.layout import REPOSITORY
from tests.load import report
from tests.mutation.mutant import Mutant, figures, raw
from tests.mutation.page import PAGE, unjudged, write_page
from tests.mutation.results import read_mutants
from tests.mutation.tree import TREE, make_tree

MIN_SCORE = 0.85
MUTMUT = Path(sys.executable).with_name("mutmut")


def main() -> int:
    """Non-zero for a score under MIN_SCORE, and when time ran out before all was tried."""
    options = _options()
    services = [options.service] if options.service else sorted(SERVICES)
    make_tree(services)
    ended = _run_mutmut(services, options.jobs, options.seconds)
    mutants = read_mutants(services)
    write_page(mutants, services)
    return _report(mutants, services) or ended


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--service", choices=sorted(SERVICES), help="only this one")
    parser.add_argument("--jobs", type=int, default=2, help="tests that run at the same time")
    parser.add_argument("--seconds", type=int, default=3_600, help="after which it ends, whatever is left")
    return parser.parse_args()


def _run_mutmut(services: list[str], jobs: int, seconds: int) -> int:
    """mutmut's own exit code, or 1 when it had to be stopped."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    names = [f"services.{service}.domain.*" for service in services]
    command = [str(MUTMUT), "run", "--max-children", str(jobs), *names]
    with subprocess.Popen(command, cwd=TREE, env=environment, start_new_session=True) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return 1
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """mutmut and the tests that it runs, which would go on without it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _report(mutants: list[Mutant], services: list[str]) -> int:
    by_service = {it: figures([mutant for mutant in mutants if mutant.service == it]) for it in services}
    total = figures(mutants)
    report.write("mutants", {"total": total, "services": by_service, "mutants": raw(mutants)})
    print(f"{unjudged()} survivors are not judged yet; see {PAGE.relative_to(REPOSITORY)}")
    for service, counts in by_service.items():
        print(service, *(f"{name}={value}" for name, value in counts.items()))
    print(
        f"mutants services={len(services)} killed={total['killed']} survived={total['survived']} "
        f"score={total['score']:.3f}"
    )
    return int(total["score"] < MIN_SCORE or total["unchecked"] > 0)


if __name__ == "__main__":
    sys.exit(main())

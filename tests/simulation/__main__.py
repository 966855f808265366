"""`make simulate`: world after world, seed after seed; `make simulate-mutants`: each planted bug is found."""

import argparse
import json
import logging
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import structlog

from tests.simulation.guarantees import Violation
from tests.simulation.mutants import MUTANTS
from tests.simulation.world import run

REPORTS = Path(__file__).parents[2] / ".run" / "reports"
WORLD_STEPS = 16_000  # with faults; then it is repaired and runs until it is at rest
MUTANT_STEPS = 800_000


def search(seed: int, steps: int, seconds: float) -> tuple[int, int, Violation | None]:
    """Worlds from `seed` on, until a violation or the budget's end: worlds, steps, the violation."""
    deadline, done, worlds = time.monotonic() + seconds, 0, 0
    while done < steps and time.monotonic() < deadline:
        try:
            done += run(seed + worlds, WORLD_STEPS)
        except Violation as violation:
            return worlds, done + violation.steps, violation
        worlds += 1
    return worlds, done, None


def simulate(options: argparse.Namespace) -> bool:
    """Search without any planted bug."""
    began = time.monotonic()
    worlds, steps, violation = search(options.seed, options.steps, options.seconds)
    seconds = time.monotonic() - began
    print(violation or f"{worlds} worlds from seed {options.seed}, {steps / seconds:.0f} steps/s")
    figures = {"steps": steps, "violations": int(violation is not None), "seconds": round(seconds, 1)}
    raw = {"worlds": worlds, "seed": options.seed, "steps_per_s": steps / seconds}
    report("simulate", figures, raw)
    return violation is None


def simulate_mutants(options: argparse.Namespace) -> bool:
    """Search for each planted bug."""
    violations: dict[str, Any] = {}
    for name, plant in MUTANTS.items():
        with plant():
            _, steps, violation = search(options.seed, MUTANT_STEPS, options.seconds / len(MUTANTS))
        print(f"{name}: {'found' if violation else 'MISSED'} after {steps} steps")
        if violation:
            print(f"  seed={violation.seed}: {violation.reason}")
            violations[name] = {"steps": steps, "seed": violation.seed, "reason": violation.reason}
    report("simulate-mutants", {"planted": len(MUTANTS), "found": len(violations)}, violations)
    return len(violations) == len(MUTANTS)


def report(name: str, figures: dict[str, Any], raw: dict[str, Any]) -> None:
    """The last line, and the same with its circumstances in .run/reports."""
    git = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    machine = f"{platform.machine()} {platform.python_implementation()} {platform.python_version()}"
    REPORTS.mkdir(parents=True, exist_ok=True)
    content = figures | {"raw": raw, "commit": commit, "machine": machine}
    (REPORTS / f"{name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False))
    print(name, *(f"{key}={value}" for key, value in figures.items()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--mutants", action="store_true", help="plant each bug in turn and search for it")
    parser.add_argument("--seed", type=int, default=1, help="of the first world")
    parser.add_argument("--steps", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return 0 if (simulate_mutants if options.mutants else simulate)(options) else 1


if __name__ == "__main__":
    sys.exit(main())

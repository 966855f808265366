"""`make audit-mutants`: plant frauds into honest logs; the last line says how many the auditor found."""

import argparse
import sys

from tests.audit_mutants.campaign import FRAUDS, run
from tests.load.report import write


def main() -> None:
    """Exits with 1 unless each fraud was found by its rule and no honest log was disputed."""
    parser = argparse.ArgumentParser(prog="audit-mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--honest", type=int, default=300, help="honest logs")
    parser.add_argument("--each", type=int, default=5, help="logs in which each fraud is planted")
    arguments = parser.parse_args()
    result = run(arguments.seed, arguments.honest, arguments.each)
    for name, seed, broken in result.missed:
        print(f"missed: {name} (seed {seed}; found by {', '.join(broken) or 'no rule'})")
    for seed, broken in result.disputed:
        print(f"honest and disputed: seed {seed} by {', '.join(broken)}")
    print(f"{len(FRAUDS)} frauds, each in {arguments.each} of {arguments.honest} honest logs")
    figures = vars(result) | {"frauds": [fraud.name for fraud in FRAUDS], "options": vars(arguments)}
    write("audit-mutants", figures)
    print(
        f"audit-mutants planted={result.planted} found={result.found} honest_disputed={len(result.disputed)}"
    )
    sys.exit(not result.passed)


if __name__ == "__main__":
    main()
